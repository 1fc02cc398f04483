/** The parser of the URL standard as its table of states. https://url.spec.whatwg.org/#concept-basic-url-parser */
import { charCode, copyOf, lowerCase, slice } from '../intrinsics.ts';
import { parseHost } from './parse-host.ts';
import { CONTROL, FRAGMENT, PATH, percentEncode, QUERY, SPECIAL_QUERY, USERINFO } from './percent-encode.ts';
import { defaultPort, isSpecial, newUrlRecord, type UrlRecord } from './url-record.ts';

interface Parsing {
  readonly input: string;
  readonly url: UrlRecord;
  readonly base: UrlRecord | null;
  /** What a setter begins with; it parses no further than its part. */
  readonly override: State | null;
  state: State;
  at: number;
  buffer: string;
  atSeen: boolean;
  insideBrackets: boolean;
  passwordSeen: boolean;
}

/** 'stop' is the end of what a setter asked for. */
type Step = 'failure' | 'stop' | undefined;

const STATES = {
  schemeStart,
  scheme,
  noScheme,
  specialRelativeOrAuthority,
  pathOrAuthority,
  relative,
  relativeSlash,
  specialAuthoritySlashes,
  specialAuthorityIgnoreSlashes,
  authority,
  host,
  hostname: host,
  port,
  file,
  fileSlash,
  fileHost,
  pathStart,
  path,
  opaquePath,
  query,
  fragment,
} as const satisfies Record<string, (p: Parsing, c: string) => Step>;

export type State = keyof typeof STATES;

/** `text` is well formed. Undefined when it is no URL. */
export function parseUrl(text: string, base: UrlRecord | null): UrlRecord | undefined {
  const url = newUrlRecord();
  let start = 0;
  let end = text.length;
  while (start < end && charCode(text, start) <= 0x20) start += 1;
  while (end > start && charCode(text, end - 1) <= 0x20) end -= 1;
  return run(slice(text, start, end), url, base, 'schemeStart', null) ? url : undefined;
}

/** For a setter: reads `text` from a state on, into the record. False when it is refused; the record may be half changed. */
export function parseInto(url: UrlRecord, text: string, override: State): boolean {
  return run(text, url, null, override, override);
}

function run(text: string, url: UrlRecord, base: UrlRecord | null, state: State, override: State | null): boolean {
  const input = withoutTabsAndLines(text);
  const p: Parsing = {
    input,
    url,
    base,
    override,
    state,
    at: 0,
    buffer: '',
    atSeen: false,
    insideBrackets: false,
    passwordSeen: false,
  };
  for (; p.at <= input.length; p.at += 1) {
    const step = STATES[p.state](p, input[p.at] ?? '');
    if (step !== undefined) return step === 'stop';
  }
  return true;
}

function withoutTabsAndLines(text: string): string {
  let kept = '';
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = charCode(text, index);
    if (code !== 9 && code !== 10 && code !== 13) continue;
    kept += slice(text, from, index);
    from = index + 1;
  }
  return from === 0 ? text : kept + slice(text, from);
}

/** To `state`, which reads this character again. */
function again(p: Parsing, state: State): undefined {
  p.state = state;
  p.at -= 1;
}

function to(p: Parsing, state: State): undefined {
  p.state = state;
}

function isAlpha(c: string): boolean {
  return c !== '' && (charCode(c, 0) | 0x20) >= 0x61 && (charCode(c, 0) | 0x20) <= 0x7a;
}

function isDigit(c: string): boolean {
  return c >= '0' && c <= '9' && c !== '';
}

function slashHere({ url }: Parsing, c: string): boolean {
  return c === '/' || (c === '\\' && isSpecial(url.scheme));
}

function endsAuthority(p: Parsing, c: string): boolean {
  return c === '' || c === '?' || c === '#' || slashHere(p, c);
}

function toQuery(p: Parsing): undefined {
  p.url.query = '';
  p.state = 'query';
}

function toFragment(p: Parsing): undefined {
  p.url.fragment = '';
  p.state = 'fragment';
}

function schemeStart(p: Parsing, c: string): Step {
  if (isAlpha(c)) {
    p.buffer += lowerCase(c);
    return to(p, 'scheme');
  }
  return p.override === null ? again(p, 'noScheme') : 'failure';
}

function scheme(p: Parsing, c: string): Step {
  if (isAlpha(c) || isDigit(c) || c === '+' || c === '-' || c === '.') {
    p.buffer += lowerCase(c);
    return undefined;
  }
  if (c === ':') return p.override === null ? afterScheme(p) : setScheme(p);
  if (p.override !== null) return 'failure';
  p.buffer = '';
  p.at = -1;
  return to(p, 'noScheme');
}

function setScheme({ url, buffer }: Parsing): Step {
  if (isSpecial(url.scheme) !== isSpecial(buffer)) return 'stop';
  if (buffer === 'file' && (url.username !== '' || url.password !== '' || url.port !== null)) return 'stop';
  if (url.scheme === 'file' && url.host === '') return 'stop';
  url.scheme = buffer;
  if (url.port === defaultPort(buffer)) url.port = null;
  return 'stop';
}

function afterScheme(p: Parsing): Step {
  const { url, base, input, at } = p;
  url.scheme = p.buffer;
  p.buffer = '';
  if (url.scheme === 'file') return to(p, 'file');
  if (isSpecial(url.scheme)) {
    return to(p, base?.scheme === url.scheme ? 'specialRelativeOrAuthority' : 'specialAuthoritySlashes');
  }
  if (input[at + 1] === '/') {
    p.at += 1;
    return to(p, 'pathOrAuthority');
  }
  url.path = '';
  return to(p, 'opaquePath');
}

function noScheme(p: Parsing, c: string): Step {
  const { url, base } = p;
  if (!base) return 'failure';
  if (typeof base.path !== 'string') return again(p, base.scheme === 'file' ? 'file' : 'relative');
  if (c !== '#') return 'failure';
  url.scheme = base.scheme;
  url.path = base.path;
  url.query = base.query;
  return toFragment(p);
}

function specialRelativeOrAuthority(p: Parsing, c: string): Step {
  if (c !== '/' || p.input[p.at + 1] !== '/') return again(p, 'relative');
  p.at += 1;
  return to(p, 'specialAuthorityIgnoreSlashes');
}

function pathOrAuthority(p: Parsing, c: string): Step {
  return c === '/' ? to(p, 'authority') : again(p, 'path');
}

function relative(p: Parsing, c: string): Step {
  const { url, base } = p;
  if (!base) return 'failure';
  url.scheme = base.scheme;
  if (slashHere(p, c)) return to(p, 'relativeSlash');
  takeAuthority(url, base);
  takePathAndQuery(url, base);
  if (c === '?') return toQuery(p);
  if (c === '#') return toFragment(p);
  if (c === '') return undefined;
  url.query = null;
  shorten(url);
  return again(p, 'path');
}

function takeAuthority(url: UrlRecord, base: UrlRecord): void {
  url.username = base.username;
  url.password = base.password;
  url.host = base.host;
  url.port = base.port;
}

function takePathAndQuery(url: UrlRecord, base: UrlRecord): void {
  url.path = typeof base.path === 'string' ? base.path : copyOf(base.path);
  url.query = base.query;
}

function relativeSlash(p: Parsing, c: string): Step {
  if (c === '/' && !isSpecial(p.url.scheme)) return to(p, 'authority');
  if (slashHere(p, c)) return to(p, 'specialAuthorityIgnoreSlashes');
  if (p.base) takeAuthority(p.url, p.base);
  return again(p, 'path');
}

function specialAuthoritySlashes(p: Parsing, c: string): Step {
  if (c !== '/' || p.input[p.at + 1] !== '/') return again(p, 'specialAuthorityIgnoreSlashes');
  p.at += 1;
  return to(p, 'specialAuthorityIgnoreSlashes');
}

function specialAuthorityIgnoreSlashes(p: Parsing, c: string): Step {
  return c === '/' || c === '\\' ? undefined : again(p, 'authority');
}

function authority(p: Parsing, c: string): Step {
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

function host(p: Parsing, c: string): Step {
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

function takeHost(p: Parsing, next: State): Step {
  const parsed = parseHost(p.buffer, !isSpecial(p.url.scheme));
  if (parsed === undefined) return 'failure';
  p.url.host = parsed;
  p.buffer = '';
  return to(p, next);
}

function port(p: Parsing, c: string): Step {
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

function file(p: Parsing, c: string): Step {
  const { url, base } = p;
  url.scheme = 'file';
  url.host = '';
  if (c === '/' || c === '\\') return to(p, 'fileSlash');
  if (base?.scheme !== 'file') return again(p, 'path');
  url.host = base.host;
  takePathAndQuery(url, base);
  if (c === '?') return toQuery(p);
  if (c === '#') return toFragment(p);
  if (c === '') return undefined;
  url.query = null;
  if (startsWithDrive(p.input, p.at)) url.path = [];
  else shorten(url);
  return again(p, 'path');
}

function fileSlash(p: Parsing, c: string): Step {
  const { url, base } = p;
  if (c === '/' || c === '\\') return to(p, 'fileHost');
  if (base?.scheme === 'file') {
    url.host = base.host;
    const first = base.path[0];
    if (!startsWithDrive(p.input, p.at) && first !== undefined && isDrive(first, ':')) addSegment(url, first);
  }
  return again(p, 'path');
}

function fileHost(p: Parsing, c: string): Step {
  if (c !== '' && c !== '/' && c !== '\\' && c !== '?' && c !== '#') {
    p.buffer += c;
    return undefined;
  }
  p.at -= 1;
  // The drive letter stays in the buffer: it was no host.
  if (p.override === null && isDrive(p.buffer, ':|')) return to(p, 'path');
  if (p.buffer === '') p.url.host = '';
  else if (takeHost(p, 'pathStart') === 'failure') return 'failure';
  if (p.url.host === 'localhost') p.url.host = '';
  return p.override === null ? to(p, 'pathStart') : 'stop';
}

function pathStart(p: Parsing, c: string): Step {
  if (isSpecial(p.url.scheme)) {
    p.state = 'path';
    if (c !== '/' && c !== '\\') p.at -= 1;
    return undefined;
  }
  if (p.override === null && c === '?') return toQuery(p);
  if (p.override === null && c === '#') return toFragment(p);
  if (c !== '') {
    p.state = 'path';
    if (c !== '/') p.at -= 1;
  } else if (p.override !== null && p.url.host === null) addSegment(p.url, '');
  return undefined;
}

function path(p: Parsing, c: string): Step {
  const { url } = p;
  const isSlash = slashHere(p, c);
  if (c !== '' && !isSlash && (p.override !== null || (c !== '?' && c !== '#'))) {
    p.buffer += c;
    return undefined;
  }
  const segment = percentEncode(p.buffer, PATH);
  const dots = dotsOf(segment);
  if (dots === 2) shorten(url);
  if (dots > 0 && !isSlash) addSegment(url, '');
  if (dots === 0) {
    const isFirst = url.scheme === 'file' && url.path.length === 0;
    addSegment(url, isFirst && isDrive(segment, ':|') ? `${segment[0] ?? ''}:` : segment);
  }
  p.buffer = '';
  if (c === '?') return toQuery(p);
  if (c === '#') return toFragment(p);
  return undefined;
}

function opaquePath(p: Parsing, c: string): Step {
  if (c !== '' && c !== '?' && c !== '#') {
    const next = p.input[p.at + 1];
    p.buffer += c === ' ' && (next === '?' || next === '#') ? '%20' : c;
    return undefined;
  }
  p.url.path = percentEncode(p.buffer, CONTROL);
  p.buffer = '';
  if (c === '?') return toQuery(p);
  return c === '#' ? toFragment(p) : undefined;
}

function query(p: Parsing, c: string): Step {
  if (c !== '' && (p.override !== null || c !== '#')) {
    p.buffer += c;
    return undefined;
  }
  p.url.query = (p.url.query ?? '') + percentEncode(p.buffer, isSpecial(p.url.scheme) ? SPECIAL_QUERY : QUERY);
  p.buffer = '';
  return c === '#' ? toFragment(p) : undefined;
}

function fragment(p: Parsing): Step {
  p.url.fragment = percentEncode(slice(p.input, p.at), FRAGMENT);
  p.at = p.input.length;
  return undefined;
}

/** 1 for `.`, 2 for `..`, also where they are encoded; else 0. */
function dotsOf(segment: string): 0 | 1 | 2 {
  let dots = 0;
  for (let index = 0; index < segment.length; index += 1, dots += 1) {
    if (dots === 2) return 0;
    if (segment[index] === '.') continue;
    if (lowerCase(slice(segment, index, index + 3)) !== '%2e') return 0;
    index += 2;
  }
  return dots === 1 || dots === 2 ? dots : 0;
}

function shorten(url: UrlRecord): void {
  const segments = url.path;
  if (typeof segments === 'string' || segments.length === 0) return;
  if (url.scheme === 'file' && segments.length === 1 && isDrive(segments[0] ?? '', ':')) return;
  segments.length -= 1;
}

function addSegment(url: UrlRecord, segment: string): void {
  if (typeof url.path !== 'string') url.path[url.path.length] = segment;
}

/** A Windows drive letter: a letter and one of `marks`. */
function isDrive(text: string, marks: ':' | ':|'): boolean {
  return text.length === 2 && isAlpha(text[0] ?? '') && (text[1] === ':' || (marks === ':|' && text[1] === '|'));
}

function startsWithDrive(input: string, at: number): boolean {
  const after = input[at + 2] ?? '';
  const ends = after === '' || after === '/' || after === '\\' || after === '?' || after === '#';
  return ends && isDrive(slice(input, at, at + 2), ':|');
}
