/** The states of the URL parser between the scheme and the authority, where a base may give what is missing. */
import { again, type Parsing, slashHere, type Step, to, toFragment, toQuery } from './parsing.ts';
import { shorten } from './path-segments.ts';
import { takeAuthority, takePathAndQuery } from './take-from-base.ts';
import { isSpecial } from './url-record.ts';

export function specialRelativeOrAuthority(p: Parsing, c: string): Step {
  if (c !== '/' || p.input[p.at + 1] !== '/') return again(p, 'relative');
  p.at += 1;
  return to(p, 'specialAuthorityIgnoreSlashes');
}

export function pathOrAuthority(p: Parsing, c: string): Step {
  return c === '/' ? to(p, 'authority') : again(p, 'path');
}

export function relative(p: Parsing, c: string): Step {
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

export function relativeSlash(p: Parsing, c: string): Step {
  if (c === '/' && !isSpecial(p.url.scheme)) return to(p, 'authority');
  if (slashHere(p, c)) return to(p, 'specialAuthorityIgnoreSlashes');
  if (p.base) takeAuthority(p.url, p.base);
  return again(p, 'path');
}

export function specialAuthoritySlashes(p: Parsing, c: string): Step {
  if (c !== '/' || p.input[p.at + 1] !== '/') return again(p, 'specialAuthorityIgnoreSlashes');
  p.at += 1;
  return to(p, 'specialAuthorityIgnoreSlashes');
}

export function specialAuthorityIgnoreSlashes(p: Parsing, c: string): Step {
  return c === '/' || c === '\\' ? undefined : again(p, 'authority');
}
