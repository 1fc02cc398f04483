/** A server under attack with everybody who watches it: made once, used for many cases. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxProfile } from '../../../src/sandbox/process-flags.ts';
import { TENANTS } from './attack-limits.ts';
import { createCaller, type Caller } from './calls.ts';
import { BENIGN_PLUGIN, VAULT_PLUGIN } from './plugin-source.ts';
import type { Samples } from './probe.ts';
import { QuietTimes } from './quiet-times.ts';
import { requireOk } from './require-ok.ts';
import { PLANTED_CONFIG, PLANTED_FILE } from './secrets.ts';
import { startAttackServer, type AttackServer } from './start-attack-server.ts';
import { startWatch, type Watch } from './watch.ts';
import { startWitness, type Witness } from './witness.ts';

export interface Stage extends AsyncDisposable {
  readonly server: AttackServer;
  readonly caller: Caller;
  readonly canary: Samples;
  readonly health: Samples;
  readonly memory: Watch['memory'];
  readonly witness: Witness;
  readonly quiet: QuietTimes;
  /** Waits until the runners in reserve are up, and then a moment in which nothing is attacked and remembers how the machine did. */
  beQuiet(): Promise<void>;
}

const QUIET_MS = 150;
/** Runners that wait in reserve, and how long it may take until they are there again. */
const RESERVE = 2;
const RESERVE_MS = 5_000;

export async function openStage(profile: SandboxProfile): Promise<Stage> {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await startAttackServer(profile));
  await writeFile(join(server.dataDir, '..', 'secret.txt'), PLANTED_FILE);
  await server.ask({ type: 'add', mode: 'validated', source: { name: 'benign', language: 'js', text: BENIGN_PLUGIN } });
  await server.ask({ type: 'add', mode: 'validated', source: { name: 'vault', language: 'js', text: VAULT_PLUGIN } });
  const [attacked, canaryTenant, vault] = [
    await callerOf(server, TENANTS.attacked),
    await callerOf(server, TENANTS.canary),
    await callerOf(server, TENANTS.vault),
  ];
  requireOk(await attacked.caller.enable('benign'));
  requireOk(await canaryTenant.caller.enable('benign'));
  requireOk(await vault.caller.enable('vault', { secret: PLANTED_CONFIG }));
  requireOk(await attacked.caller.execute({ toolName: 'ping', pluginName: 'benign', params: {} }));
  const { canary, health, memory, keepConnected } = opening.use(
    startWatch({ url: server.url, canaryToken: canaryTenant.token, serverPid: server.pid }),
  );
  const witness = opening.use(startWitness(server.url, attacked.token));
  const quiet = new QuietTimes(canary);
  async function beQuiet(): Promise<void> {
    // What the last case ended is replaced: the next one meets a server at rest.
    await untilReserveIsUp(server);
    keepConnected();
    await server.ask({ type: 'loopDelay' });
    const from = performance.now();
    await sleep(QUIET_MS);
    const { maxMs } = await server.ask({ type: 'loopDelay' });
    quiet.add({ from, to: performance.now(), loopDelayMs: maxMs });
  }
  for (let times = 0; times < 4; times += 1) await beQuiet();
  const open = opening.move();
  return {
    server,
    caller: attacked.caller,
    canary,
    health,
    memory,
    witness,
    quiet,
    beQuiet,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function callerOf(server: AttackServer, tenant: string): Promise<{ caller: Caller; token: string }> {
  const { token } = await server.ask({ type: 'token', tenant });
  return { caller: createCaller(server, token), token };
}

async function untilReserveIsUp(server: AttackServer): Promise<void> {
  const end = performance.now() + RESERVE_MS;
  while ((await server.ask({ type: 'instances' })).reserve < RESERVE && performance.now() < end) await sleep(50);
}
