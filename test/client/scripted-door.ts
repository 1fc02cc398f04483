/** A server in front of Hookline that answers what it was told to, once each, and otherwise hands on. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ScriptedDoor extends AsyncDisposable {
  readonly url: string;
  /** Requests that came. */
  readonly requests: number;
  /** What is answered next; null breaks the connection. */
  script(...answers: readonly (ScriptedAnswer | null)[]): void;
}

export async function openScriptedDoor(target: string): Promise<ScriptedDoor> {
  const answers: (ScriptedAnswer | null)[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      requests += 1;
      if (answers.length > 0) {
        const answer = answers.shift();
        if (!answer) return void request.socket.destroy();
        return void response.writeHead(answer.status ?? 200, { ...answer.headers }).end(answer.body);
      }
      const { authorization = '', accept = '' } = request.headers;
      const headers = { authorization, accept, 'content-type': 'application/json' };
      const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    script(...wanted) {
      answers.push(...wanted);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function refusal(code: string, retryAfterS?: number): ScriptedAnswer {
  const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  return { headers, body: JSON.stringify({ errors: [{ message: `It is ${code}.`, extensions: { code } }] }) };
}
