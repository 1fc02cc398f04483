/** The states of the URL parser for `file:`, where the first segment of a path may be a drive. */
import { takeHost } from './authority-states.ts';
import { again, type Parsing, type Step, to, toFragment, toQuery } from './parsing.ts';
import { addSegment, isDrive, shorten, startsWithDrive } from './path-segments.ts';
import { takePathAndQuery } from './take-from-base.ts';

export function file(p: Parsing, c: string): Step {
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

export function fileSlash(p: Parsing, c: string): Step {
  const { url, base } = p;
  if (c === '/' || c === '\\') return to(p, 'fileHost');
  if (base?.scheme === 'file') {
    url.host = base.host;
    const first = base.path[0];
    if (!startsWithDrive(p.input, p.at) && first !== undefined && isDrive(first, ':')) addSegment(url, first);
  }
  return again(p, 'path');
}

export function fileHost(p: Parsing, c: string): Step {
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
