/** What Prometheus is told: counted from the events as they are published, and asked of the sandbox when it scrapes. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Bus } from '../events/bus.ts';
import type { FanOutCounts } from '../events/fan-out-counts.ts';
import type { JournalEvent } from '../events/records.ts';
import type { Breaker } from '../plugins/breaker.ts';
import type { CallsUnderWay } from '../plugins/calls-under-way.ts';
import type { RequestOutcome } from '../plugins/capabilities/answer-host-requests.ts';
import type { Asker } from '../plugins/capabilities/asker.ts';
import { HOST_METHODS, type HostMethod } from '../sandbox/host-methods.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export interface Metrics {
  /** Sees every event of this server's tenants. */
  count(event: JournalEvent): void;
  /** Sees every request that a plugin makes of its host. */
  countRequest(asker: Asker, method: HostMethod, outcome: RequestOutcome): void;
  /** In Prometheus's text format. */
  text(): Promise<string>;
}

/** Seconds; from a warm call to the longest that a tool may ask for. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(parts: {
  sandbox: Sandbox;
  fanOut: Readonly<FanOutCounts>;
  calls: CallsUnderWay;
  breaker: Breaker;
}): Metrics {
  // Of its own: an embedding program may use prom-client's default registry for itself.
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const hooks = new Counter({
    name: 'hookline_hook_invocations_total',
    help: 'Hook invocations by tenant, hook and outcome',
    labelNames: ['tenant', 'hook', 'outcome'],
    registers,
  });
  const steps = new Counter({
    name: 'hookline_hook_steps_total',
    help: 'Hook steps by tenant, plugin and outcome',
    labelNames: ['tenant', 'plugin', 'outcome'],
    registers,
  });
  const hookSeconds = new Histogram({
    name: 'hookline_hook_invocation_seconds',
    help: 'Duration of hook invocations',
    labelNames: ['hook'],
    buckets: BUCKETS,
    registers,
  });
  const tools = new Counter({
    name: 'hookline_tool_executions_total',
    help: 'Finished tool executions by tenant, plugin, status and error code',
    labelNames: ['tenant', 'plugin', 'status', 'code'],
    registers,
  });
  const toolSeconds = new Histogram({
    name: 'hookline_tool_execution_seconds',
    help: 'Duration of tool executions',
    labelNames: ['plugin'],
    buckets: BUCKETS,
    registers,
  });
  const requests = new Counter({
    name: 'hookline_plugin_requests_total',
    help: 'What plugins asked of their host, by tenant, plugin, capability and outcome',
    labelNames: ['tenant', 'plugin', 'capability', 'outcome'],
    registers,
  });
  const kills = new Counter({
    name: 'hookline_plugin_kills_total',
    help: 'Sandbox processes that a plugin ended, by tenant and plugin',
    labelNames: ['tenant', 'plugin'],
    registers,
  });
  const disabled = new Counter({
    name: 'hookline_plugins_disabled_total',
    help: 'Plugins that were disabled because they ended their process too often, by tenant and plugin',
    labelNames: ['tenant', 'plugin'],
    registers,
  });
  parts.breaker.onKill(({ tenantId: tenant, pluginName: plugin }) => kills.inc({ tenant, plugin }));
  gauge('hookline_sandbox_runners', 'Runner processes', () => parts.sandbox.health().runners);
  gauge('hookline_sandbox_instances', 'Open plugin instances', () => parts.sandbox.health().instances);
  gauge('hookline_calls_under_way', 'Tool calls and hook invocations that have not ended', () => parts.calls.size);
  gauge('hookline_subscribers', 'Subscriptions that listen now', () => parts.fanOut.subscribers);
  total(
    'hookline_event_payloads_total',
    'Events executed and serialised for subscribers, once for all who share',
    () => parts.fanOut.payloads,
  );
  total('hookline_event_deliveries_total', 'Events handed to subscribers', () => parts.fanOut.deliveries);
  total(
    'hookline_slow_consumers_total',
    'Subscriptions that ended because they fell behind',
    () => parts.fanOut.slowConsumers,
  );

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }

  /** Counted elsewhere, where it is too often for a counter of prom-client. */
  function total(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  return {
    count(event) {
      const tenant = event.tenantId;
      if (event.type === 'HOOK_INVOKED') {
        const { hook, outcome, durationMs } = event.invocation;
        hooks.inc({ tenant, hook, outcome });
        hookSeconds.observe({ hook }, durationMs / 1000);
        for (const step of event.invocation.steps)
          steps.inc({ tenant, plugin: step.pluginName, outcome: step.outcome });
      } else if (event.type === 'TOOL_EXECUTED' && event.kind === 'COMPLETED') {
        const { pluginName: plugin, status, error, durationMs } = event.execution;
        tools.inc({ tenant, plugin, status, code: error?.code ?? '' });
        toolSeconds.observe({ plugin }, (durationMs ?? 0) / 1000);
      } else if (event.type === 'PLUGIN_CHANGED' && event.kind === 'DISABLED' && event.plugin?.['problem']) {
        // An admin who disables a plugin gives no reason.
        disabled.inc({ tenant, plugin: event.pluginName });
      }
    },
    countRequest({ tenantId: tenant, pluginName: plugin }, method, outcome) {
      requests.inc({ tenant, plugin, capability: HOST_METHODS[method].capability, outcome });
    },
    text: () => registry.metrics(),
  };
}

/** A bus that tells `count` of everything it publishes. */
export function countedBus(bus: Bus, count: Metrics['count']): Bus {
  return {
    publish(event, bytes) {
      count(event);
      bus.publish(event, bytes);
    },
    subscribe: (tenantId, listener) => bus.subscribe(tenantId, listener),
    get size() {
      return bus.size;
    },
  };
}
