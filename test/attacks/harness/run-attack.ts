/** Runs one case on a stage and tells everything that was seen while it ran. */
import type { AttackCase } from './attack-case.ts';
import { FIGURES } from './attack-limits.ts';
import type { Answer } from './calls.ts';
import { executionsMetric, type CountedExecutions } from './executions-metric.ts';
import { hookOf, pluginSource } from './plugin-source.ts';
import { waitForRest, type Rest } from './wait-for-rest.ts';
import { p99, type Sample } from './probe.ts';
import type { Quiet } from './quiet-times.ts';
import type { AttackMode } from './server-messages.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

export interface Observation {
  readonly attack: AttackCase;
  readonly mode: AttackMode;
  readonly pluginName: string;
  /** What came of the attack itself. */
  readonly answer: Answer;
  /** The plugin was in the catalog and sound. */
  readonly accepted: boolean;
  /** The next calls: of another plugin of the tenant, and of the attacking one where it still is. */
  readonly next: Answer;
  readonly nextOwn: Answer | undefined;
  readonly disabled: Answer | undefined;
  readonly endings: readonly string[];
  readonly counted: readonly CountedExecutions[];
  readonly health: readonly Sample[];
  readonly canary: readonly Sample[];
  readonly canaryP99Ms: number;
  readonly loopDelayMs: number;
  readonly peakRunnerMb: number;
  /** How the runners are when it is all over. */
  readonly rest: Rest;
  readonly serverEnded: string | null;
  readonly polluted: boolean;
  /** Everything that was said because of it: answers, events, log lines. */
  readonly texts: readonly string[];
  readonly log: readonly string[];
  readonly quiet: Quiet;
}

let runs = 0;

export async function runAttack(stage: Stage, attack: AttackCase, mode: AttackMode): Promise<Observation> {
  const { server, caller, witness } = stage;
  const pluginName = `${attack.id.toLowerCase()}-${mode === 'validated' ? 'v' : 'c'}${(runs += 1)}`;
  await stage.beQuiet();
  const [eventsBefore, logBefore] = [witness.events.length, server.log.length];
  await server.ask({ type: 'loopDelay' });
  const from = performance.now();

  const source = {
    name: pluginName,
    language: attack.language ?? 'js',
    text: pluginSource(attack, pluginName),
  } as const;
  const { problem } = await server.ask({ type: 'add', mode, source });
  const enabled = await caller.enable(pluginName, attack.config, attack.grants);
  const answer = enabled.code === 'OK' ? await strike(stage, attack, pluginName) : enabled;
  const { executionId } = answer;
  if (executionId !== undefined) await until(() => witness.endings(executionId).length > 0, FIGURES.orphansMs);
  const counted = executionId === undefined ? [] : await executionsMetric(server.url, pluginName);
  const next = await caller.execute({ toolName: 'ping', pluginName: 'benign', params: {} });
  const nextOwn = enabled.code === 'OK' && attack.by !== 'disable' ? await ping(stage, pluginName) : undefined;
  const to = performance.now();
  const { maxMs: loopDelayMs } = await server.ask({ type: 'loopDelay' });

  const disabled = enabled.code === 'OK' && attack.by !== 'disable' ? await caller.disable(pluginName) : undefined;
  await server.ask({ type: 'remove', name: pluginName });
  const rest = await waitForRest(server);
  const canary = stage.canary.between(from, to);
  return {
    attack,
    mode,
    pluginName,
    answer,
    accepted: problem === null,
    next,
    nextOwn,
    disabled,
    endings: executionId === undefined ? [] : witness.endings(executionId),
    counted,
    health: stage.health.between(from, to),
    canary,
    canaryP99Ms: p99(canary.map(({ ms }) => ms)),
    loopDelayMs,
    peakRunnerMb: stage.memory.peakMbSince(from),
    rest,
    serverEnded: server.ended(),
    polluted: (await server.ask({ type: 'memory' })).polluted,
    texts: [
      ...[enabled, answer, next].map(({ text }) => text),
      ...witness.events.slice(eventsBefore),
      ...server.log.slice(logBefore),
    ],
    log: server.log.slice(logBefore),
    quiet: stage.quiet.quiet,
  };
}

async function strike({ caller }: Stage, attack: AttackCase, pluginName: string): Promise<Answer> {
  const params = attack.params ?? {};
  if (attack.by === 'disable') return caller.disable(pluginName);
  if (attack.by === 'hook') return caller.invoke({ hook: hookOf(attack), data: params });
  return caller.execute({ toolName: 'attack', pluginName, params });
}

function ping({ caller }: Stage, pluginName: string): Promise<Answer> {
  return caller.execute({ toolName: 'ping', pluginName, params: {} });
}
