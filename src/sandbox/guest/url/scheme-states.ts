/** The states of the URL parser from the first character to the end of the scheme. */
import { lowerCase } from '../intrinsics.ts';
import { again, isAlpha, isDigit, type Parsing, type Step, to, toFragment } from './parsing.ts';
import { defaultPort, isSpecial } from './url-record.ts';

export function schemeStart(p: Parsing, c: string): Step {
  if (isAlpha(c)) {
    p.buffer += lowerCase(c);
    return to(p, 'scheme');
  }
  return p.override === null ? again(p, 'noScheme') : 'failure';
}

export function scheme(p: Parsing, c: string): Step {
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

export function noScheme(p: Parsing, c: string): Step {
  const { url, base } = p;
  if (!base) return 'failure';
  if (typeof base.path !== 'string') return again(p, base.scheme === 'file' ? 'file' : 'relative');
  if (c !== '#') return 'failure';
  url.scheme = base.scheme;
  url.path = base.path;
  url.query = base.query;
  return toFragment(p);
}
