/** Where a request is to go, by its URL alone: what it says, and whether the plugin may go there. Pure. */
import { isHostName } from '../../config/host-name.ts';
import type { PrivateHost } from '../../config/private-hosts.ts';
import type { Asker } from './asker.ts';
import { isGranted } from './host-grants.ts';
import { hostScope } from './host-scope.ts';
import { denied, refused, type Refusal } from './refusal.ts';

export interface RequestTarget {
  readonly url: URL;
  /** Lower case, IDN as punycode, IPv4 in four decimal parts, IPv6 in brackets, no dot at the end. */
  readonly host: string;
  /** Named by the operator: may have private addresses, and plain HTTP. */
  readonly mayBePrivate: boolean;
}

const URL_MAX_CHARS = 8_192;
const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/** A URL is parsed as browsers do (WHATWG), so that every notation of an address arrives in one. @throws Refusal */
export function targetOf(
  text: string,
  { granted, pluginName }: Asker,
  privateHosts: readonly PrivateHost[],
  base?: URL,
): RequestTarget {
  if (text.length > URL_MAX_CHARS || !URL.canParse(text, base?.href)) throw refused('url is no URL that can be read.');
  const url = new URL(text, base?.href);
  const usualPort = PORTS[url.protocol];
  if (usualPort === undefined) throw denied('Only https: and http: can be fetched.');
  if (url.username !== '' || url.password !== '') throw denied('A URL must not hold a user name or a password.');
  url.hash = '';
  // The dot makes a name absolute, which it is here anyway; without it each name has one spelling.
  url.hostname = url.hostname.replace(/\.$/, '');
  const host = url.hostname;
  if (!isHostName(host)) throw refused('The host of the URL cannot be used.');
  const port = url.port === '' ? usualPort : Number(url.port);
  if (!isGranted(granted, host)) throw notGranted(pluginName, url, port === usualPort);
  const mayBePrivate = privateHosts.some(
    (known) => known.host === host && (known.port === null ? port === usualPort : port === known.port),
  );
  if (!mayBePrivate && port !== usualPort) throw denied('Only the ports 443 and 80 can be reached.');
  if (!mayBePrivate && url.protocol !== 'https:') throw denied(`${host} can be reached by https: only.`);
  return { url, host, mayBePrivate };
}

/** By the URL alone: what the operator has named is not to be found out by asking for hosts that were not granted. */
function notGranted(pluginName: string, { hostname: host, origin, protocol }: URL, onUsualPort: boolean): Refusal {
  const scope = hostScope(host);
  if (scope === 'never') return denied(`${host} is not on the public Internet, and no grant opens it.`);
  const may = `"${pluginName}" may not fetch from`;
  if (scope === 'private')
    return denied(
      `${may} ${host}, which is not on the public Internet: a grant opens it only where the operator has named it.`,
    );
  if (protocol === 'https:' && onUsualPort)
    return denied(`${may} ${host}: it needs http:${host}, granted by the tenant.`);
  return denied(
    `${may} ${origin}: a grant opens https: on port 443, and anything else only where the operator has named it.`,
  );
}
