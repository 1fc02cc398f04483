/** From a host to the addresses that a connection may use: asked once, all of them checked. */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressScope } from './address-rules.ts';
import { isAddress, withoutBrackets } from './host-grants.ts';
import { isLocalName } from './host-scope.ts';
import { denied, refused, type Refusal } from './refusal.ts';
import type { RequestTarget } from './request-target.ts';

export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** All addresses of a name, in the order in which to try them; rejects or gives none when there is no such name. */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

export interface Resolvers {
  /** For names on the Internet. */
  readonly byDns: ResolveName;
  /** For hosts that the operator named: as other programs of this machine do, its hosts file included. */
  readonly bySystem: ResolveName;
}

const DNS_TIMEOUT_MS = 3_000;
const DNS_TRIES = 2;

/**
 * Public names are asked of the machine's DNS servers without its system calls: those take one of a few threads that the
 * whole server shares, and a name server that does not answer would hold it.
 */
export const RESOLVERS: Resolvers = {
  async byDns(name, signal) {
    const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  },
  bySystem: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
};

/** One address that may not be used is enough to refuse: who answers so means to lead somewhere else. @throws Refusal */
export async function resolveHost(
  { byDns, bySystem }: Resolvers,
  { host, mayBePrivate }: Pick<RequestTarget, 'host' | 'mayBePrivate'>,
  signal: AbortSignal,
): Promise<readonly HostAddress[]> {
  if (!mayBePrivate && isLocalName(host)) throw notPublic(host);
  const found = isAddress(host)
    ? [withoutBrackets(host)]
    : await (mayBePrivate ? bySystem : byDns)(host, signal).catch(() => []);
  if (found.length === 0) throw refused(`There is no address for ${host}.`);
  // Which address it was is not the plugin's to know: it could look around in a network by asking for names.
  if (!found.every((address) => isAllowed(address, mayBePrivate))) throw notPublic(host);
  return found.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 }));
}

function notPublic(host: string): Refusal {
  return denied(`${host} is not on the public Internet.`);
}

function isAllowed(address: string, mayBePrivate: boolean): boolean {
  const scope = addressScope(address);
  if (mayBePrivate) return scope !== 'never';
  return scope === 'public' && !ownAddresses().has(address);
}

/** A public address of this machine leads to what listens on it, past any firewall before it. */
function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)));
}
