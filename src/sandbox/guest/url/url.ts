/**
 * `URL` for isolates, after the standard and written for them: no table of characters, no call of the host. What a plugin
 * reads of a URL here decides nothing; a request's URL is parsed again by the host. https://url.spec.whatwg.org/#url-class
 */
import { slice, toScalarText } from '../intrinsics.ts';
import { parseInto, parseUrl } from './parse-url.ts';
import type { State } from './parsing.ts';
import { percentEncode, USERINFO } from './percent-encode.ts';
import { resetSearchParams, searchParamsOf, type GuestSearchParams } from './search-params.ts';
import { newUrlRecord, writePath, writeUrl, type UrlRecord } from './url-record.ts';

export class GuestUrl {
  #record: UrlRecord;
  #params: GuestSearchParams | undefined;

  constructor(url: unknown, base?: unknown) {
    if (arguments.length === 0) throw new TypeError('1 argument is needed.');
    const record = read(url, base);
    if (!record) throw invalid();
    this.#record = record;
  }

  static parse(url: unknown, base?: unknown): GuestUrl | null {
    return read(url, base) ? new GuestUrl(url, base) : null;
  }

  static canParse(url: unknown, base?: unknown): boolean {
    return read(url, base) !== undefined;
  }

  get href(): string {
    return writeUrl(this.#record);
  }

  set href(value: unknown) {
    const record = read(value, undefined);
    if (!record) throw invalid();
    this.#record = record;
    this.#queryChanged();
  }

  get origin(): string {
    return originOf(this.#record);
  }

  get protocol(): string {
    return `${this.#record.scheme}:`;
  }

  set protocol(value: unknown) {
    this.#read(`${toScalarText(value)}:`, 'schemeStart');
  }

  get username(): string {
    return this.#record.username;
  }

  set username(value: unknown) {
    const text = percentEncode(toScalarText(value), USERINFO);
    if (this.#mayHaveCredentials()) this.#record.username = text;
  }

  get password(): string {
    return this.#record.password;
  }

  set password(value: unknown) {
    const text = percentEncode(toScalarText(value), USERINFO);
    if (this.#mayHaveCredentials()) this.#record.password = text;
  }

  get host(): string {
    const { host, port } = this.#record;
    return port === null ? (host ?? '') : `${host ?? ''}:${port}`;
  }

  set host(value: unknown) {
    const text = toScalarText(value);
    if (typeof this.#record.path !== 'string') this.#read(text, 'host');
  }

  get hostname(): string {
    return this.#record.host ?? '';
  }

  set hostname(value: unknown) {
    const text = toScalarText(value);
    if (typeof this.#record.path !== 'string') this.#read(text, 'hostname');
  }

  get port(): string {
    const { port } = this.#record;
    return port === null ? '' : `${port}`;
  }

  set port(value: unknown) {
    const text = toScalarText(value);
    if (!this.#mayHaveCredentials()) return;
    if (text === '') this.#record.port = null;
    else this.#read(text, 'port');
  }

  get pathname(): string {
    return writePath(this.#record);
  }

  set pathname(value: unknown) {
    const text = toScalarText(value);
    if (typeof this.#record.path === 'string') return;
    this.#record.path = [];
    this.#read(text, 'pathStart');
  }

  get search(): string {
    const { query } = this.#record;
    return query === null || query === '' ? '' : `?${query}`;
  }

  set search(value: unknown) {
    const text = toScalarText(value);
    this.#record.query = text === '' ? null : '';
    if (text !== '') this.#read(text[0] === '?' ? slice(text, 1) : text, 'query');
    this.#queryChanged();
  }

  get searchParams(): GuestSearchParams {
    this.#params ??= searchParamsOf(this.#record.query ?? '', (query) => {
      this.#record.query = query === '' ? null : query;
    });
    return this.#params;
  }

  get hash(): string {
    const { fragment } = this.#record;
    return fragment === null || fragment === '' ? '' : `#${fragment}`;
  }

  set hash(value: unknown) {
    const text = toScalarText(value);
    this.#record.fragment = text === '' ? null : '';
    if (text !== '') this.#read(text[0] === '#' ? slice(text, 1) : text, 'fragment');
  }

  toString(): string {
    return writeUrl(this.#record);
  }

  toJSON(): string {
    return writeUrl(this.#record);
  }

  /** What is refused changes nothing more than the standard has it change. */
  #read(text: string, from: State): void {
    parseInto(this.#record, text, from);
  }

  #mayHaveCredentials(): boolean {
    const { host, scheme } = this.#record;
    return host !== null && host !== '' && scheme !== 'file';
  }

  #queryChanged(): void {
    if (this.#params) resetSearchParams(this.#params, this.#record.query ?? '');
  }
}

function invalid(): TypeError {
  const error = new TypeError('Invalid URL');
  return Object.assign(error, { code: 'ERR_INVALID_URL' });
}

function read(url: unknown, base: unknown): UrlRecord | undefined {
  const text = toScalarText(url);
  const from = base === undefined ? null : parseUrl(toScalarText(base), null);
  return from === undefined ? undefined : parseUrl(text, from);
}

function originOf({ scheme, host, port, path }: UrlRecord): string {
  switch (scheme) {
    case 'http':
    case 'https':
    case 'ws':
    case 'wss':
    case 'ftp':
      return writeUrl({ ...newUrlRecord(), scheme, host, port });
    case 'blob': {
      const inner = typeof path === 'string' ? parseUrl(path, null) : undefined;
      return inner && (inner.scheme === 'http' || inner.scheme === 'https') ? originOf(inner) : 'null';
    }
    default:
      return 'null';
  }
}
