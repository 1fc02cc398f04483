import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressScope } from '../../../src/plugins/capabilities/address-rules.ts';
import { isGranted } from '../../../src/plugins/capabilities/host-grants.ts';
import { RESOLVERS } from '../../../src/plugins/capabilities/resolve-host.ts';
import { listen, openFetch, type LocalServer } from './open-fetch.ts';

/** Every way to write an address that is not on the public Internet; each is granted by name, and refused all the same. */
const HOSTS_THAT_ARE_NOT_PUBLIC = [
  ['loopback', '127.0.0.1'],
  ['loopback, another', '127.8.9.1'],
  ['loopback with a dot at the end', '127.0.0.1.'],
  ['loopback in decimal', '2130706433'],
  ['loopback in hexadecimal', '0x7f000001'],
  ['loopback in octal', '017700000001'],
  ['loopback in octal parts', '0177.0.0.01'],
  ['loopback in two parts', '127.1'],
  ['loopback in mixed parts', '0x7f.0.1'],
  ['loopback in full-width digits', '１２７.０.０.１'],
  ['loopback in circled digits', '①②⑦.⓪.⓪.①'],
  ['loopback, escaped', '%31%32%37.0.0.1'],
  ['this host', '0.0.0.0'],
  ['this host in one part', '0'],
  ['this network', '0.1.2.3'],
  ['private 10', '10.1.2.3'],
  ['private 172', '172.16.0.1'],
  ['private 192', '192.168.1.1'],
  ['private in hexadecimal', '0xc0a80101'],
  ['metadata', '169.254.169.254'],
  ['metadata in decimal', '2852039166'],
  ['metadata in octal', '0251.0376.0251.0376'],
  ['metadata behind carrier-grade NAT', '100.100.100.200'],
  ['metadata in the protocol range', '192.0.0.192'],
  ['metadata at a public address', '168.63.129.16'],
  ['link-local', '169.254.1.1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['benchmarks', '198.18.0.1'],
  ['documentation', '192.0.2.1'],
  ['6to4 relay', '192.88.99.1'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['IPv6 loopback', '[::1]'],
  ['IPv6 loopback in full', '[0:0:0:0:0:0:0:1]'],
  ['IPv6 unspecified', '[::]'],
  ['IPv6 link-local', '[fe80::1]'],
  ['IPv6 site-local', '[fec0::1]'],
  ['IPv6 unique local', '[fd12:3456::1]'],
  ['IPv6 metadata', '[fd00:ec2::254]'],
  ['IPv6 multicast', '[ff02::1]'],
  ['IPv6 documentation', '[2001:db8::1]'],
  ['IPv6 discard', '[100::1]'],
  ['IPv6 that nobody was given', '[4000::1]'],
  ['IPv4-mapped loopback', '[::ffff:127.0.0.1]'],
  ['IPv4-mapped metadata in hexadecimal', '[::ffff:a9fe:a9fe]'],
  ['IPv4-mapped metadata at a public address', '[::ffff:168.63.129.16]'],
  ['IPv4-compatible loopback', '[::127.0.0.1]'],
  ['IPv4-compatible public', '[::93.184.215.14]'],
  ['IPv4-translated loopback', '[::ffff:0:127.0.0.1]'],
  ['NAT64 loopback', '[64:ff9b::127.0.0.1]'],
  ['NAT64 metadata', '[64:ff9b::a9fe:a9fe]'],
  ['NAT64 of somebody’s own', '[64:ff9b:1::a00:1]'],
  ['6to4 loopback', '[2002:7f00:1::]'],
  ['6to4 public', '[2002:5db8:d70e::1]'],
  ['Teredo', '[2001:0:5db8:d70e::1]'],
  ['ISATAP', '[2606:4700::5efe:10.0.0.1]'],
] as const;

const grantOf = (host: string) => new URL(`https://${host}`).hostname.replace(/\.$/, '');

describe('an address that is not on the public Internet', () => {
  let server: LocalServer;
  let location = '';
  beforeAll(async () => {
    server = await listen((_request, response) => response.writeHead(302, { location }).end());
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(HOSTS_THAT_ARE_NOT_PUBLIC)('%s: https://%s is denied', async (_title, host) => {
    const fetch = openFetch({ grants: [grantOf(host)] });
    await expect(fetch(`https://${host}/`)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('is not on the public Internet') as string,
    });
  });

  test.each(HOSTS_THAT_ARE_NOT_PUBLIC)('%s: a redirect to https://%s is denied', async (_title, host) => {
    // A header holds no more than Latin-1.
    location = `https://${host.replace(/[^\x20-\x7e]/g, encodeURIComponent)}/`;
    const fetch = openFetch({ privateHosts: [`start.test:${server.port}`], grants: ['start.test', grantOf(host)] });
    await expect(fetch(`http://start.test:${server.port}/`)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('is not on the public Internet') as string,
    });
  });

  test.each(HOSTS_THAT_ARE_NOT_PUBLIC)('%s: plain http://%s is denied', async (_title, host) => {
    await expect(openFetch({ grants: [grantOf(host)] })(`http://${host}/`)).rejects.toMatchObject({ kind: 'denied' });
  });

  test.each([
    ['one address', ['10.0.0.1']],
    ['a private one after a public one', ['93.184.215.14', '10.0.0.1']],
    ['a private one before a public one', ['127.0.0.1', '93.184.215.14']],
    ['a private IPv6 one after a public IPv4 one', ['93.184.215.14', '::1']],
    ['a mapped one', ['::ffff:10.0.0.1']],
    ['one with a zone', ['fe80::1%eth0']],
    ['what is no address', ['localhost']],
  ])('a name is denied whose answer has %s', async (_title, addresses) => {
    const fetch = openFetch({ grants: ['10.0.0.1.nip.test'], resolve: () => Promise.resolve(addresses) });
    await expect(fetch('https://10.0.0.1.nip.test/')).rejects.toMatchObject({ kind: 'denied' });
  });

  test('the answer does not say which address it was', async () => {
    const fetch = openFetch({ grants: ['db.test'], resolve: () => Promise.resolve(['10.9.8.7']) });
    await expect(fetch('https://db.test/')).rejects.not.toThrow('10.9.8.7');
  });

  test.each(['localhost', 'localhost.', 'LOCALHOST', 'a.localhost'])(
    '%s is not reached by its own name',
    async (host) => {
      const fetch = openFetch({ grants: ['localhost', 'a.localhost'], resolve: RESOLVERS.byDns });
      await expect(fetch(`https://${host}/`)).rejects.toMatchObject({ kind: 'denied' });
    },
  );

  test.each(['https://[fe80::1%25eth0]/', 'https://[::1/', 'https://256.1.1.1/', 'https://1.2.3.4.5/', 'https:///'])(
    '%s is no URL',
    async (url) => {
      await expect(openFetch({ grants: ['*.test'] })(url)).rejects.toThrow(/is no URL|cannot be used|may not fetch/);
    },
  );
});

test.each([
  ['93.184.215.14', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['::ffff:93.184.215.14', 'public'],
  ['64:ff9b::5db8:d70e', 'public'],
  ['10.0.0.1', 'private'],
  ['fd00::1', 'private'],
  ['127.0.0.1', 'private'],
  ['169.254.169.254', 'never'],
  ['fe80::1', 'never'],
  ['224.0.0.1', 'never'],
  ['', 'never'],
  ['not-an-address', 'never'],
])('%s is %s', (address, scope) => {
  expect(addressScope(address)).toBe(scope);
});

test.each([
  ['api.example.org', 'api.example.org', true],
  ['api.example.org', 'example.org', false],
  ['example.org', 'api.example.org', false],
  ['*.example.org', 'api.example.org', true],
  ['*.example.org', 'a.b.example.org', true],
  ['*.example.org', 'example.org', false],
  ['*.example.org', 'evilexample.org', false],
  ['*.example.org', '.example.org', false],
  ['*.0.0.1', '127.0.0.1', false],
  ['127.0.0.1', '127.0.0.1', true],
  ['[::1]', '[::1]', true],
  ['*', 'example.org', false],
])('a grant of %s opens %s: %s', (pattern, host, open) => {
  expect(isGranted([`http:${pattern}`], host)).toBe(open);
});
