/** A parsed URL. https://url.spec.whatwg.org/#concept-url */
export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  /** As it is written out; null: there is none, which is not the same as an empty one. */
  host: string | null;
  /** Null also for the scheme's own. */
  port: number | null;
  /** Segments, or the whole of an opaque path such as that of `mailto:`. */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

export function newUrlRecord(): UrlRecord {
  return {
    scheme: '',
    username: '',
    password: '',
    host: null,
    port: null,
    path: [],
    query: null,
    fragment: null,
  };
}

export function isSpecial(scheme: string): boolean {
  return defaultPort(scheme) !== undefined;
}

/** Null for `file`, which is special and has none; undefined for schemes that are not special. */
export function defaultPort(scheme: string): number | null | undefined {
  switch (scheme) {
    case 'http':
    case 'ws':
      return 80;
    case 'https':
    case 'wss':
      return 443;
    case 'ftp':
      return 21;
    case 'file':
      return null;
    default:
      return undefined;
  }
}

export function writeUrl(url: UrlRecord, withFragment = true): string {
  let text = `${url.scheme}:`;
  if (url.host !== null) {
    text += '//';
    if (url.username !== '' || url.password !== '') {
      text += url.username;
      if (url.password !== '') text += `:${url.password}`;
      text += '@';
    }
    text += url.host;
    if (url.port !== null) text += `:${url.port}`;
  } else if (typeof url.path !== 'string' && url.path.length > 1 && url.path[0] === '') {
    text += '/.';
  }
  text += writePath(url);
  if (url.query !== null) text += `?${url.query}`;
  if (withFragment && url.fragment !== null) text += `#${url.fragment}`;
  return text;
}

export function writePath({ path }: UrlRecord): string {
  if (typeof path === 'string') return path;
  let text = '';
  for (let index = 0; index < path.length; index += 1) text += `/${path[index] ?? ''}`;
  return text;
}
