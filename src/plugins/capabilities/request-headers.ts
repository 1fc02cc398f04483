/** The headers a plugin may send, and those it is shown. Pure. */
import { isJsonObject, type Json } from '../../json/json.ts';
import { PLATFORM_VERSION } from '../platform.ts';
import { refused } from './refusal.ts';

export type Headers = Readonly<Record<string, string>>;

const HEADERS_MAX = 50;
const HEADERS_MAX_BYTES = 8_192;
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/;
/** What HTTP allows in a value, which is less than what a text may hold. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** These say how the message is carried, which is not the plugin's business (RFC 9110, 7.6.1), or whom it goes to. */
const CARRIAGE = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'http2-settings',
  'accept-encoding',
  'date',
  'via',
]);

/** Names in lower case. @throws Refusal */
export function requestHeaders(given: Json | undefined, body: string | null): Headers {
  if (given !== undefined && !isJsonObject(given)) throw refused('headers must be an object.');
  const entries = Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  if (entries.length > HEADERS_MAX) throw refused(`There are more than ${HEADERS_MAX} headers.`);
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  headers['accept'] = '*/*';
  headers['user-agent'] = `Hookline/${PLATFORM_VERSION}`;
  if (body !== null) headers['content-type'] = 'text/plain;charset=UTF-8';
  const seen = new Set<string>();
  let bytes = 0;
  for (const [name, value] of entries) {
    const text = checked(name, value, seen);
    seen.add(name);
    bytes += name.length + text.length;
    if (bytes > HEADERS_MAX_BYTES) throw refused(`The headers have more than ${HEADERS_MAX_BYTES} bytes.`);
    headers[name] = text;
  }
  return { ...headers, 'accept-encoding': 'gzip' };
}

function checked(name: string, value: Json, seen: ReadonlySet<string>): string {
  const shown = JSON.stringify(name.slice(0, 64));
  if (!NAME.test(name)) throw refused(`${shown} is no name of a header.`);
  if (seen.has(name)) throw refused(`The header ${shown} is there twice.`);
  if (CARRIAGE.has(name) || name.startsWith('proxy-')) throw refused(`The header ${shown} is set by the host.`);
  if (typeof value !== 'string' || !VALUE.test(value))
    throw refused(`The header ${shown} has a value that cannot be sent.`);
  return value;
}

/** After a redirect: to another origin go no credentials, and without a body nothing is said of one. */
export function redirectedHeaders(
  headers: Headers,
  { sameOrigin, hasBody }: { sameOrigin: boolean; hasBody: boolean },
): Headers {
  const dropped = [
    ...(sameOrigin ? [] : ['authorization', 'cookie']),
    ...(hasBody ? [] : ['content-type', 'content-encoding', 'content-language', 'content-location']),
  ];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.includes(name)));
}

/** What the other side said, without what was said of carrying it. Lines with one name are joined. */
export function responseHeaders(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const kept = Object.entries(raw).filter(([name]) => name === 'content-length' || !CARRIAGE.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
}
