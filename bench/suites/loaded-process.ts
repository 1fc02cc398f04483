/** A contestant of the sandbox or hooks suite, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadAnswer, LoadOrder } from '../contestants/serve-loads.ts';
import type { Contestant, Probe, Sample } from '../frame/contest.ts';

export interface LoadedContestant {
  readonly name: string;
  /** Of the script in `contestants/`. */
  readonly script: 'hookline' | 'hooks' | 'isolated-vm' | 'quickjs' | 'worker-vm';
  readonly args: readonly string[];
}

/** One process for all samples: they find it warm. */
export function keptWarm(contestant: LoadedContestant, order: LoadOrder): Contestant {
  return {
    name: contestant.name,
    async open(): Promise<Probe> {
      const loaded = startLoaded(contestant);
      return { measure: () => loaded.take(order), [Symbol.asyncDispose]: loaded[Symbol.asyncDispose] };
    },
  };
}

/** A process for each sample. */
export function startedAnew(contestant: LoadedContestant, order: LoadOrder): Contestant {
  return {
    name: contestant.name,
    async open(): Promise<Probe> {
      return {
        async measure() {
          await using loaded = startLoaded(contestant);
          return await loaded.take(order);
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

interface Loaded extends AsyncDisposable {
  take(order: LoadOrder): Promise<Sample>;
}

function startLoaded({ name, script, args }: LoadedContestant): Loaded {
  const path = fileURLToPath(new URL(`../contestants/${script}.ts`, import.meta.url));
  const child = fork(path, args, { execArgv: ['--no-node-snapshot', '--no-warnings', ...profileFlags()] });
  const exit = once(child, 'exit');
  const ended = exit.then(([code]) => {
    throw new Error(`${name}: its process ended (${String(code)}).`);
  });
  ended.catch(() => {});
  return {
    async take(order) {
      const message = once(child, 'message');
      child.send(order);
      const [answer] = (await Promise.race([message, ended])) as [LoadAnswer];
      if ('problem' in answer) throw new Error(`${name}: ${answer.problem}`);
      return answer.sample;
    },
    async [Symbol.asyncDispose]() {
      // It ends with its channel by itself, and so writes its profile if it was asked for one.
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
