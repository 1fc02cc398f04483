/**
 * What becomes of a hook invocation: its run through plugins and journal (hooks.ts), and its events on the way to many subscribers.
 *
 * Events to many subscribers over WebSocket, against graphql-ws and Yoga as their pages show them (one execution and one text for
 * each subscriber) and against a bare `ws` broadcast of the same bytes.
 *
 * Each contestant is a process of its own that publishes in itself, as it is told: a round is one event for each filter, and so
 * one delivery for each subscriber. This process is the client of all: it counts frames and looks into none. `IN_FLIGHT` rounds
 * are under way; the next is published when the oldest has come to everybody, so no queue grows and none runs dry. Processor
 * time is the contestant's own, which a busy machine disturbs less than deliveries per second.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, Contest, Contestant, Probe, Sample, Suite } from '../frame/contest.ts';
import { FOLLOW, runOf } from '../contestants/bench-event.ts';
import type { EventOrder, EventReport, EventUsage, UsageOrder } from '../contestants/serve-events.ts';
import { hooksSuite } from './hooks.ts';
import { openSubscribers, type Subscribers } from '../load/event-subscribers.ts';

const SUBSCRIBERS = 1_000;
const IN_FLIGHT = 8;
const SOCKETS_PER_TOKEN = 20;
const ASK_AGAIN_MS = 100;

const STOCK = { name: 'graphql-ws + Yoga', script: 'events-stock.js' };
const HOOKLINE = { name: 'Hookline', script: 'events-hookline.ts' };
const BARE = { name: 'bare ws broadcast', script: 'events-bare.ts' };

export const eventsSuite: Suite = {
  name: 'events',
  contests: (options) => [
    ...hooksSuite.contests(options),
    deliveries(1, options),
    deliveries(50, options),
    ...idleSubscribers(options),
  ],
};

function deliveries(filters: number, { sampleMs }: BenchOptions): Contest {
  const followed = filters === 1 ? 'the same filter' : `one of ${filters} filters`;
  return {
    title: `Events to ${SUBSCRIBERS} subscribers of ${followed}`,
    about:
      `${SUBSCRIBERS} sockets with one subscription each, ${SUBSCRIBERS / filters} of a filter; each event is about 1 kB of JSON. ` +
      'The processor time is that of the server.',
    metrics: [
      { key: 'deliveries', title: 'deliveries', unit: '/s' },
      { key: 'cpu', title: 'processor for each', unit: 'µs' },
    ],
    contestants: [STOCK, HOOKLINE, BARE].map((contestant): Contestant => ({
      name: contestant.name,
      open: () => openDeliveries(contestant.script, filters, sampleMs),
    })),
  };
}

async function openDeliveries(script: string, filters: number, sampleMs: number): Promise<Probe> {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await startContestant(script));
  const subscribers = opening.use(
    await subscribe(server, { sockets: SUBSCRIBERS, operationsPerSocket: 1, filters, firstToken: 0 }),
  );
  let rounds = 0;
  const running = opening.move();
  /** Keeps `IN_FLIGHT` rounds under way until then, and waits for the last. */
  async function load(untilMs: number): Promise<void> {
    server.order({ publish: IN_FLIGHT, runs: filters });
    let published = rounds + IN_FLIGHT;
    while (rounds < published) {
      await server.whileAlive(subscribers.reached((rounds + 1) * SUBSCRIBERS));
      rounds += 1;
      if (performance.now() > untilMs) continue;
      server.order({ publish: 1, runs: filters });
      published += 1;
    }
  }
  return {
    async measure() {
      const before = await server.usage();
      const [started, startedRounds] = [performance.now(), rounds];
      await load(started + sampleMs);
      const elapsedMs = performance.now() - started;
      const after = await server.usage();
      const delivered = (rounds - startedRounds) * SUBSCRIBERS;
      return { deliveries: (delivered * 1_000) / elapsedMs, cpu: (after.cpuUs - before.cpuUs) / delivered };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function idleSubscribers({ quick }: BenchOptions): readonly Contest[] {
  const few = quick ? 20 : 200;
  const many = quick ? 400 : 4_000;
  const contest = (sockets: number, operationsPerSocket: number): Contest => ({
    title: `Memory of ${sockets * operationsPerSocket} idle subscribers on ${sockets} sockets`,
    about:
      'What the server has grown by for each of them, resident, after a collection of garbage: once V8 has given back the pages ' +
      'that it freed, some seconds later, and before that.',
    metrics: [
      { key: 'memory', title: 'memory for each', unit: 'kB' },
      { key: 'first', title: 'before that', unit: 'kB' },
    ],
    roundsAtMost: 3,
    cold: true,
    contestants: [STOCK, HOOKLINE].map(({ name, script }) => ({
      name,
      open: () => openIdle(script, sockets, operationsPerSocket),
    })),
  });
  return [contest(few, 50), contest(many, 1)];
}

/** A new process for each sample: memory that was used once is not given back. */
async function openIdle(script: string, sockets: number, operationsPerSocket: number): Promise<Probe> {
  return {
    async measure(): Promise<Sample> {
      await using server = await startContestant(script);
      // What the first subscriber costs is not what each costs.
      using _first = await subscribe(server, { sockets: 20, operationsPerSocket: 5, filters: 50, firstToken: 0 });
      const before = await server.usage('settle');
      using _subscribers = await subscribe(server, { sockets, operationsPerSocket, filters: 50, firstToken: 1 });
      const growth = async (order: UsageOrder) =>
        ((await server.usage(order)).residentBytes - before.residentBytes) / (sockets * operationsPerSocket) / 1_024;
      return { first: await growth('collect'), memory: await growth('settle') };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

interface RunningContestant extends AsyncDisposable {
  readonly url: string;
  readonly tokens: readonly string[];
  order(order: EventOrder): void;
  usage(order?: UsageOrder): Promise<EventUsage>;
  /** Rejects when the contestant ends. */
  whileAlive<T>(work: Promise<T>): Promise<T>;
}

/** Resolves when the server has them all: no answer says that a subscription has begun. */
async function subscribe(
  server: RunningContestant,
  options: { sockets: number; operationsPerSocket: number; filters: number; firstToken: number },
): Promise<Subscribers> {
  const { url, tokens } = server;
  const { followers } = await server.usage();
  const subscribers = await openSubscribers({
    url,
    ...options,
    token: (socket) => tokens[(options.firstToken + Math.floor(socket / SOCKETS_PER_TOKEN)) % tokens.length] ?? '',
    query: FOLLOW,
    variables: (subscriber) => ({ filter: { runId: runOf(subscriber % options.filters) } }),
  });
  const all = followers + options.sockets * options.operationsPerSocket;
  while ((await server.usage()).followers < all) await sleep(ASK_AGAIN_MS);
  return subscribers;
}

async function startContestant(script: string): Promise<RunningContestant> {
  const path = fileURLToPath(new URL(`../contestants/${script}`, import.meta.url));
  const child = fork(path, {
    execArgv: ['--expose-gc', '--no-warnings', ...profileFlags()],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const exit = once(child, 'exit');
  const ended = exit.then(([code]) => {
    throw new Error(`${script} ended (${String(code)}).`);
  });
  ended.catch(() => {});
  const report = async () => {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [EventReport];
    return message;
  };
  const begun = await report();
  if (!('url' in begun)) throw new Error(`${script} did not say where it listens.`);
  return {
    ...begun,
    order: (order) => void child.send(order),
    async usage(order = 'usage') {
      child.send(order satisfies EventOrder);
      const usage = await report();
      if (!('cpuUs' in usage)) throw new Error(`${script} did not tell its usage.`);
      return usage;
    },
    whileAlive: (work) => Promise.race([work, ended]),
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exit;
    },
  };
}

/** `BENCH_CPU_PROF=folder` leaves a CPU profile of each contestant there. */
function profileFlags(): readonly string[] {
  const folder = process.env['BENCH_CPU_PROF'];
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
}
