/** A page in a real browser, on the origin of the server it speaks to, as behind a proxy: its sockets can be cut. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../temporary-folder.ts';

/** The browser of this machine, if it has one. */
export const BROWSER = [
  process.env['HOOKLINE_TEST_BROWSER'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path));

const FLAGS = [
  '--headless',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The browser's own sandbox does not start for root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/** Killed processes are gone in less. */
const GROUP_ENDS_MS = 2_000;

export interface Page {
  /** Of the server behind it. */
  readonly upstream: string;
  /** By path, such as `/bundle.js`. */
  readonly scripts: Readonly<Record<string, string>>;
  /** JavaScript, a module; what it posts to `/report` as JSON is the result, and a post to `/cut` ends every WebSocket and answers how many. */
  readonly main: string;
}

/** Opens the page, resolves with what it reports, and ends the browser. */
export async function runPage(page: Page, timeoutMs: number): Promise<unknown> {
  if (!BROWSER) throw new Error('There is no browser here.');
  const { promise: report, resolve, reject } = Promise.withResolvers<unknown>();
  await using folder = await temporaryFolder();
  const sockets = new Set<Duplex>();
  const server = createServer((incoming, answer) => {
    void serve(incoming, answer).catch(() => answer.destroy());
  });
  server.on('upgrade', (incoming, socket, head) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    tunnel(page.upstream, incoming, socket, head);
  });

  async function serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/';
    const script = page.scripts[path];
    if (path === '/') return void answer.setHeader('content-type', 'text/html').end(htmlOf(page));
    if (script !== undefined) return void answer.setHeader('content-type', 'text/javascript').end(script);
    if (path === '/report') {
      resolve(await json(incoming));
      answer.end();
    } else if (path === '/cut') {
      answer.end(JSON.stringify(sockets.size));
      for (const socket of sockets) socket.destroy();
    } else pass(page.upstream, incoming, answer);
  }

  const url = await listen(server);
  // A process group of its own: the processes that it starts write into the profile too, and end with it.
  const browser = spawn(BROWSER, [...FLAGS, `--user-data-dir=${folder.path}/profile`, url], {
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<void>((done) => browser.once('exit', () => done()));
  void ended.then(() => reject(new Error('The browser ended before the page had reported.')));
  const clock = setTimeout(() => reject(new Error('The page did not report in time.')), timeoutMs);
  try {
    return await report;
  } finally {
    clearTimeout(clock);
    await endGroup(browser.pid);
    await ended;
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Resolves once none of the group can write any more. */
async function endGroup(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  // Where nobody reaps orphans they stay as they are, dead; it waits no longer than this for them.
  for (const end = performance.now() + GROUP_ENDS_MS; signalGroup(pid) && performance.now() < end;) await sleep(20);
}

function signalGroup(pid: number): boolean {
  try {
    return process.kill(-pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function htmlOf({ scripts, main }: Page): string {
  const loaded = Object.keys(scripts).map((path) => `<script src="${path}"></script>`);
  return `<!doctype html><meta charset="utf-8"><title>Page</title>${loaded.join('')}<script type="module">
const report = (body) => fetch('/report', { method: 'POST', body: JSON.stringify(body) });
try { ${main} } catch (error) { await report({ failed: String(error?.stack ?? error) }); }
</script>`;
}

/** Hands a request on, and its answer back. */
function pass(upstream: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method = 'GET', headers, url } = incoming;
  const onward = request(new URL(url ?? '/', upstream), { method, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  incoming.pipe(onward);
}

function tunnel(upstream: string, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { hostname, port } = new URL(upstream);
  const onward: Socket = connect(Number(port), hostname, () => {
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let index = 0; index < incoming.rawHeaders.length; index += 2)
      lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`);
    onward.write(`${lines.join('\r\n')}\r\n\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  for (const end of [socket, onward]) {
    end.on('error', () => {});
    end.on('close', () => {
      socket.destroy();
      onward.destroy();
    });
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
