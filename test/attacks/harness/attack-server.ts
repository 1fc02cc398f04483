/**
 * The server under attack, a process of its own: the real app, with a way to put plugins into its catalog, with or without
 * the validator. Started by start-attack-server.ts; asked over its IPC channel.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import type { SandboxProfile } from '../../../src/sandbox/process-flags.ts';
import { createRegistry } from '../../../src/plugins/registry.ts';
import { sandboxedEntry } from '../../../src/plugins/sandboxed-plugin.ts';
import type { PluginSource } from '../../../src/sandbox/sandbox.ts';
import { createTestApp } from '../../rig/create-test-app.ts';
import { ATTACK_LIMITS, TENANTS } from './attack-limits.ts';
import type { ServerAnswers, ServerMessage, ServerReady, ServerReply, ServerRequest } from './server-messages.ts';
import { unvalidatedSandbox } from './unvalidated-sandbox.ts';

const RESOLUTION_MS = 5;

const profile: SandboxProfile = process.argv[2] === 'jit' ? 'jit' : 'hardened';
const registry = createRegistry();
const app = await createTestApp({
  registry,
  tenants: Object.values(TENANTS),
  settings: { sandboxProfile: profile },
  sandboxLimits: ATTACK_LIMITS,
  log: pino({ level: 'debug', base: null }, process.stderr),
});
const undo = new Map<string, () => void>();
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

async function answer(request: ServerRequest): Promise<ServerAnswers[keyof ServerAnswers]> {
  switch (request.type) {
    case 'add': {
      const sandbox = request.mode === 'validated' ? app.sandbox : unvalidatedSandbox(app.sandbox);
      const entry = await sandboxedEntry(sandbox, request.source);
      undo.set(request.source.name, registry.add(entry));
      return { problem: entry.problem };
    }
    case 'compare':
      return await compare(request.source);
    case 'remove':
      undo.get(request.name)?.();
      undo.delete(request.name);
      return null;
    case 'loopDelay': {
      // It measures from tick to tick, so a loop that is never late still shows the ticks themselves.
      const maxMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
      delay.reset();
      return { maxMs };
    }
    case 'memory': {
      const { rss, heapUsed } = process.memoryUsage();
      return { residentBytes: rss, heapUsedBytes: heapUsed, polluted: isPolluted() };
    }
    case 'instances':
      return { count: app.sandbox.health().instances, reserve: app.sandbox.health().reserve };
    case 'token':
      return { token: await app.token({ tenant: request.tenant, expiresInSeconds: 86_400 }) };
  }
}

async function compare(source: PluginSource): Promise<ServerAnswers['compare']> {
  const [validated, unread] = [
    await app.sandbox.compile(source),
    await unvalidatedSandbox(app.sandbox).compile(source),
  ];
  if (!validated.success)
    return { rule: 'problem' in validated ? (validated.problem.findings[0]?.rule ?? '') : '', sameText: false };
  return { rule: null, sameText: unread.success && unread.compiled.hash === validated.compiled.hash };
}

/** Nothing that a plugin answers may become part of every object of the server. */
function isPolluted(): boolean {
  const plain: object = {};
  for (const _key in plain) return true;
  return 'isAdmin' in plain || 'polluted' in plain || 'toJSON' in plain;
}

process.on('message', ({ id, request }: ServerMessage) => {
  void answer(request).then(
    (result) => process.send?.({ id, answer: result } satisfies ServerReply),
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies ServerReply),
  );
});
process.on('disconnect', () => void app.close().then(() => process.exit(0)));
process.send?.({ type: 'ready', url: app.url, dataDir: app.dataDir } satisfies ServerReady);
