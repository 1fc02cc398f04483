/** The states of the URL parser for user name, password, host and port. */
import { slice } from '../intrinsics.ts';
import { parseHost } from './parse-host.ts';
import { again, endsAuthority, isDigit, type Parsing, type State, type Step, to } from './parsing.ts';
import { percentEncode, USERINFO } from './percent-encode.ts';
import { defaultPort, isSpecial } from './url-record.ts';

export function authority(p: Parsing, c: string): Step {
  if (c === '@') {
    takeCredentials(p);
    return undefined;
  }
  if (!endsAuthority(p, c)) {
    p.buffer += c;
    return undefined;
  }
  if (p.atSeen && p.buffer === '') return 'failure';
  p.at -= p.buffer.length + 1;
  p.buffer = '';
  return to(p, 'host');
}

function takeCredentials(p: Parsing): void {
  const text = p.atSeen ? `%40${p.buffer}` : p.buffer;
  let colon = p.passwordSeen ? -1 : 0;
  while (colon >= 0 && colon < text.length && text[colon] !== ':') colon += 1;
  if (p.passwordSeen) p.url.password += percentEncode(text, USERINFO);
  else {
    p.url.username += percentEncode(slice(text, 0, colon), USERINFO);
    if (colon < text.length) {
      p.url.password += percentEncode(slice(text, colon + 1), USERINFO);
      p.passwordSeen = true;
    }
  }
  p.atSeen = true;
  p.buffer = '';
}

export function host(p: Parsing, c: string): Step {
  const { url, override } = p;
  if (override !== null && url.scheme === 'file') return again(p, 'fileHost');
  if (c === ':' && !p.insideBrackets) {
    if (p.buffer === '' || override === 'hostname') return 'failure';
    return takeHost(p, 'port') ?? undefined;
  }
  if (endsAuthority(p, c)) {
    p.at -= 1;
    if (p.buffer === '' && isSpecial(url.scheme)) return 'failure';
    const hasMore = url.username !== '' || url.password !== '' || url.port !== null;
    if (override !== null && p.buffer === '' && hasMore) return 'failure';
    return takeHost(p, 'pathStart') ?? (override === null ? undefined : 'stop');
  }
  if (c === '[') p.insideBrackets = true;
  if (c === ']') p.insideBrackets = false;
  p.buffer += c;
  return undefined;
}

export function takeHost(p: Parsing, next: State): Step {
  const parsed = parseHost(p.buffer, !isSpecial(p.url.scheme));
  if (parsed === undefined) return 'failure';
  p.url.host = parsed;
  p.buffer = '';
  return to(p, next);
}

export function port(p: Parsing, c: string): Step {
  if (isDigit(c)) {
    p.buffer += c;
    return undefined;
  }
  if (!endsAuthority(p, c) && p.override === null) return 'failure';
  if (p.buffer !== '') {
    const number = +p.buffer;
    if (number > 65_535) return 'failure';
    p.url.port = number === defaultPort(p.url.scheme) ? null : number;
    p.buffer = '';
    if (p.override !== null) return 'stop';
  }
  return p.override === null ? again(p, 'pathStart') : 'failure';
}
