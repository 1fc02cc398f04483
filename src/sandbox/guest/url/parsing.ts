/** What the states of the URL parser have in common: how far it is, and how one goes over into another. */
import { charCode } from '../intrinsics.ts';
import { isSpecial, type UrlRecord } from './url-record.ts';

export interface Parsing {
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
export type Step = 'failure' | 'stop' | undefined;

export type State =
  | 'schemeStart'
  | 'scheme'
  | 'noScheme'
  | 'specialRelativeOrAuthority'
  | 'pathOrAuthority'
  | 'relative'
  | 'relativeSlash'
  | 'specialAuthoritySlashes'
  | 'specialAuthorityIgnoreSlashes'
  | 'authority'
  | 'host'
  | 'hostname'
  | 'port'
  | 'file'
  | 'fileSlash'
  | 'fileHost'
  | 'pathStart'
  | 'path'
  | 'opaquePath'
  | 'query'
  | 'fragment';

/** To `state`, which reads this character again. */
export function again(p: Parsing, state: State): undefined {
  p.state = state;
  p.at -= 1;
}

export function to(p: Parsing, state: State): undefined {
  p.state = state;
}

export function isAlpha(c: string): boolean {
  return c !== '' && (charCode(c, 0) | 0x20) >= 0x61 && (charCode(c, 0) | 0x20) <= 0x7a;
}

export function isDigit(c: string): boolean {
  return c >= '0' && c <= '9' && c !== '';
}

export function slashHere({ url }: Parsing, c: string): boolean {
  return c === '/' || (c === '\\' && isSpecial(url.scheme));
}

export function endsAuthority(p: Parsing, c: string): boolean {
  return c === '' || c === '?' || c === '#' || slashHere(p, c);
}

export function toQuery(p: Parsing): undefined {
  p.url.query = '';
  p.state = 'query';
}

export function toFragment(p: Parsing): undefined {
  p.url.fragment = '';
  p.state = 'fragment';
}
