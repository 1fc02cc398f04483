/** Over TLS, with a certificate for the name `secure.test` that only these tests trust. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { listen, openFetch } from './open-fetch.ts';

const read = (file: string) => readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8');
const cert = read('secure-test.cert.pem');
const usual = tls.getCACertificates('default');

let server: Server;
let port = 0;
let location: string | undefined;
let names: (string | false | null)[] = [];

beforeAll(async () => {
  server = createServer({ cert, key: read('secure-test.key.pem') }, (request, response) => {
    names.push((request.socket as tls.TLSSocket).servername);
    response.writeHead(location ? 302 : 200, location ? { location } : {}).end('over TLS');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  tls.setDefaultCACertificates([...usual, cert]);
  names = [];
  location = undefined;
});
afterEach(() => tls.setDefaultCACertificates(usual));

const open = (host: string, ...more: string[]) =>
  openFetch({ privateHosts: [`${host}:${port}`, ...more], grants: [host, 'plain.test'] });

test('the certificate is asked for by the name, though the connection goes to the address', async () => {
  const response = await open('secure.test')(`https://secure.test:${port}/`);
  expect({ text: response.text(), names }).toEqual({ text: 'over TLS', names: ['secure.test'] });
});

test.each(['other.test', '127.0.0.1', 'localhost'])(
  'a certificate for another name than %s is refused',
  async (host) => {
    await expect(open(host)(`https://${host}:${port}/`)).rejects.toThrow(/could not be reached.*ALTNAME/);
    expect(names).toEqual([]);
  },
);

test('a certificate that nobody vouches for is refused', async () => {
  tls.setDefaultCACertificates(usual);
  await expect(open('secure.test')(`https://secure.test:${port}/`)).rejects.toThrow(/could not be reached.*CERT/);
  expect(names).toEqual([]);
});

test('a redirect from HTTPS to plain HTTP is denied, though each may be fetched from', async () => {
  await using plain = await listen((_request, response) => response.end('in the open'));
  location = `http://plain.test:${plain.port}/`;
  const fetch = open('secure.test', `plain.test:${plain.port}`);
  await expect(fetch(`https://secure.test:${port}/`)).rejects.toMatchObject({ kind: 'denied' });
  expect((await fetch(location)).text()).toBe('in the open');
});
