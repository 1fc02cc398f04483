/** From the command to the first answer, when everything is set up. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Contestant, Probe, Suite } from '../frame/contest.ts';
import { startServerProcess, type ServerCommand } from '../frame/server-process.ts';
import { temporaryFolder } from '../frame/temporary-folder.ts';

const POLL_MS = 5;
const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm';

export const startSuite: Suite = {
  name: 'start',
  contests: () => [
    {
      title: 'Start to first answer',
      about:
        'From the start of the process to the answer of `POST /graphql` with `{ __typename }`, set up before, with a data ' +
        'folder that has been used. The bare server is Node and Fastify with one constant answer.',
      metrics: [{ key: 'answered', title: 'first answer', unit: 'ms' }],
      contestants: [
        starting('bare Node + Fastify', {
          command: process.execPath,
          args: [fileURLToPath(new URL('../contestants/fastify.ts', import.meta.url))],
        }),
        starting('Hookline, node src/main.ts serve', { command: process.execPath, args: ['src/main.ts', 'serve'] }),
        starting('Hookline, npm start', { command: NPM, args: ['start'] }),
      ],
    },
  ],
};

function starting(name: string, command: ServerCommand): Contestant {
  return {
    name,
    async open(): Promise<Probe> {
      const folder = await temporaryFolder();
      return {
        measure: async () => ({ answered: await timeStart(command, folder.path) }),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
  };
}

async function timeStart(command: ServerCommand, dataDir: string): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  await using server = startServerProcess({
    ...command,
    env: { PORT: String(port), HOOKLINE_DATA_DIR: dataDir, LOG_LEVEL: 'error' },
  });
  await Promise.race([firstAnswer(port), server.died]);
  return performance.now() - startedAt;
}

async function firstAnswer(port: number): Promise<void> {
  while (!(await listens(port))) await sleep(POLL_MS);
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: '{"query":"{ __typename }"}',
  });
  const text = await response.text();
  if (!text.includes('"__typename":"Query"')) throw new Error(`The server answered ${response.status}: ${text}`);
}

async function listens(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('No port is free.');
  return address.port;
}
