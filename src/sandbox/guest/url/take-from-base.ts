/** What a relative URL has from its base. */
import { copyOf } from '../intrinsics.ts';
import type { UrlRecord } from './url-record.ts';

export function takeAuthority(url: UrlRecord, base: UrlRecord): void {
  url.username = base.username;
  url.password = base.password;
  url.host = base.host;
  url.port = base.port;
}

export function takePathAndQuery(url: UrlRecord, base: UrlRecord): void {
  url.path = typeof base.path === 'string' ? base.path : copyOf(base.path);
  url.query = base.query;
}
