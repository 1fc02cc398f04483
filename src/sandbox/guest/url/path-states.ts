/** The states of the URL parser for path, query and fragment. */
import { slice } from '../intrinsics.ts';
import { type Parsing, slashHere, type Step, toFragment, toQuery } from './parsing.ts';
import { addSegment, dotsOf, isDrive, shorten } from './path-segments.ts';
import { CONTROL, FRAGMENT, PATH, percentEncode, QUERY, SPECIAL_QUERY } from './percent-encode.ts';
import { isSpecial } from './url-record.ts';

export function pathStart(p: Parsing, c: string): Step {
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

export function path(p: Parsing, c: string): Step {
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

export function opaquePath(p: Parsing, c: string): Step {
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

export function query(p: Parsing, c: string): Step {
  if (c !== '' && (p.override !== null || c !== '#')) {
    p.buffer += c;
    return undefined;
  }
  p.url.query = (p.url.query ?? '') + percentEncode(p.buffer, isSpecial(p.url.scheme) ? SPECIAL_QUERY : QUERY);
  p.buffer = '';
  return c === '#' ? toFragment(p) : undefined;
}

export function fragment(p: Parsing): Step {
  p.url.fragment = percentEncode(slice(p.input, p.at), FRAGMENT);
  p.at = p.input.length;
  return undefined;
}
