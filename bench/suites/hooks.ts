/** Hook invocations through five sandboxed plugins: in process and over HTTP, with and without the journal. */
import { findPostgres, startPostgres } from '../../scripts/start-postgres.ts';
import { HOOK_PLUGIN_NAMES, HOOK_PLUGINS } from '../contestants/hook-plugins.ts';
import type { Contestant, Probe, Suite } from '../frame/contest.ts';
import { openGraphQLLoad } from '../load/graphql-load.ts';
import { IN_FLIGHT } from '../load/sandbox-loads.ts';
import { startHookline, type HooklineServerOptions } from './hookline-server.ts';
import { keptWarm } from './loaded-process.ts';

const CONNECTIONS = 32;

const ABOUT =
  'BEFORE_AGENT_RUN through two plugins that change its data, two that check it and one that watches, each sandboxed. ' +
  'The invocation is in the journal, on disk, when it is answered. "Alone": one after the other; "in flight": ';

export const hooksSuite: Suite = {
  name: 'hooks',
  contests: ({ sampleMs }) => [
    {
      title: 'Hook invocations through 5 sandboxed plugins, in process',
      about: `${ABOUT}${IN_FLIGHT} under way.`,
      metrics: [
        { key: 'inFlight', title: 'in flight', unit: '/s' },
        { key: 'p50', title: 'alone, p50', unit: 'µs' },
        { key: 'p99', title: 'alone, p99', unit: 'µs', bare: true },
      ],
      contestants: JOURNALS.map(({ name, journal }): Contestant => ({
        name,
        open: () => withJournal(journal, (way) => inProcess(way, sampleMs)),
      })),
    },
    {
      title: 'Hook invocations through 5 sandboxed plugins, over HTTP',
      about: `${ABOUT}${CONNECTIONS} connections.`,
      metrics: [
        { key: 'inFlight', title: 'in flight', unit: '/s' },
        { key: 'alone', title: 'alone, p50', unit: 'ms' },
        { key: 'p99', title: 'alone, p99', unit: 'ms', bare: true },
      ],
      contestants: JOURNALS.map(({ name, journal }): Contestant => ({
        name,
        open: () => withJournal(journal, (way) => overHttp(way, sampleMs)),
      })),
    },
  ],
};

/** Where the journal is: a PostgreSQL is started for the contestant, and goes with it. */
type JournalPlace = 'unrecorded' | 'pglite' | 'postgresql';

const JOURNALS: readonly { readonly name: string; readonly journal: JournalPlace }[] = [
  { name: 'no journal', journal: 'unrecorded' },
  { name: 'journal on PGlite', journal: 'pglite' },
  ...(findPostgres() === undefined ? [] : [{ name: 'journal on PostgreSQL', journal: 'postgresql' } as const]),
];

/** What a contestant is told: a place, or the URL of a database. */
async function withJournal(place: JournalPlace, open: (way: string) => Promise<Probe>): Promise<Probe> {
  if (place !== 'postgresql') return open(place);
  await using opening = new AsyncDisposableStack();
  const { url } = opening.use(await startPostgres(undefined));
  const probe = opening.use(await open(url));
  const running = opening.move();
  return { measure: () => probe.measure(), [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function inProcess(way: string, sampleMs: number): Promise<Probe> {
  return keptWarm({ name: `hooks, ${way}`, script: 'hooks', args: [way] }, { load: 'calls', sampleMs }).open();
}

const INVOKE = 'mutation ($input: InvokeHookInput!) { invokeHook(input: $input) { id outcome output durationMs } }';

async function overHttp(way: string, sampleMs: number): Promise<Probe> {
  await using opening = new AsyncDisposableStack();
  const options: HooklineServerOptions = {
    plugins: HOOK_PLUGINS,
    journal: way !== 'unrecorded',
    ...(way.includes('://') ? { databaseUrl: way } : {}),
  };
  const server = opening.use(await startHookline(options));
  const load = opening.use(
    await openGraphQLLoad({
      url: server.url,
      token: await server.tenant('bench', HOOK_PLUGIN_NAMES),
      query: INVOKE,
      variables: { input: { hook: 'BEFORE_AGENT_RUN', data: { input: { a: 12, b: 30 } } } },
      connections: CONNECTIONS,
      expect: '"outcome":"MODIFIED","output":{"input":{"a":12,"b":30,"sum":42,"data":42}}',
    }),
  );
  const running = opening.move();
  return { measure: () => load.measure(sampleMs), [Symbol.asyncDispose]: () => running.disposeAsync() };
}
