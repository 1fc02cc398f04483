/** What a plugin can do beyond computing, with its tenant's permission: keep values, fetch, emit events. */
import type { Json, JsonObject } from '../json/json.ts';

/** Values of this plugin for this tenant, kept in the database. Needs the permission `kv`. */
export interface PluginKv {
  /** Null when there is nothing under the key. */
  get(key: string): Promise<KvEntry | null>;
  /** Keys have 1 to 256 characters. With `ifVersion` it writes only when that is still the version; 0: only when there is nothing. */
  set(key: string, value: Json, options?: KvWriteOptions): Promise<KvWriteResult>;
  /** `success: false` when `ifVersion` was given and is not the version any more. */
  delete(key: string, options?: KvWriteOptions): Promise<KvWriteResult>;
  /** By key, at most `limit` (default 50, at most 100). */
  list(options?: KvListOptions): Promise<readonly KvEntry[]>;
}

export interface KvEntry {
  readonly key: string;
  readonly value: Json;
  /** From 1, larger with each write, and never again that of an earlier one, though the key was deleted in between. */
  readonly version: number;
}

export interface KvWriteOptions {
  readonly ifVersion?: number;
}

export interface KvWriteResult {
  readonly success: boolean;
  /** Of the entry as it is now; 0 when there is none. */
  readonly version: number;
}

export interface KvListOptions {
  readonly prefix?: string;
  /** Entries whose key comes after this one. */
  readonly after?: string;
  readonly limit?: number;
}

/** Needs the permission `http:HOST` for the host of `url`, and of every address it is redirected to. */
export type PluginFetch = (url: string, options?: PluginFetchOptions) => Promise<PluginResponse>;

export interface PluginFetchOptions {
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PluginResponse {
  /** True for a status from 200 to 299. */
  readonly ok: boolean;
  readonly status: number;
  /** After redirects. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  text(): string;
  /** Throws a SyntaxError when the body is not JSON. */
  json(): Json;
}

/** Tells whoever follows the tenant's events. Names are as tools' are. Needs the permission `events:emit`. */
export type PluginEmit = (name: string, data?: Json) => Promise<void>;

export interface Capabilities {
  readonly kv: PluginKv;
  readonly fetch: PluginFetch;
  readonly emit: PluginEmit;
}

/** Asks the host; rejects with an Error that says why not. */
export type AskHost = (
  method: 'kv.get' | 'kv.set' | 'kv.delete' | 'kv.list' | 'http.fetch' | 'events.emit',
  args: JsonObject,
) => Promise<Json>;

/** The same in an isolate and in process: how what a plugin calls becomes what its host is asked. */
export function createCapabilities(ask: AskHost): Capabilities {
  // What the host answers is known to have this shape: it made it.
  const answer = async <T>(...request: Parameters<AskHost>) => (await ask(...request)) as unknown as T;
  return {
    kv: {
      get: (key) => answer('kv.get', { key }),
      set: (key, value, options) => answer('kv.set', { ...options, key, value }),
      delete: (key, options) => answer('kv.delete', { ...options, key }),
      list: (options) => answer('kv.list', { ...options }),
    },
    async fetch(url, options) {
      const { body, ...head } = await answer<FetchAnswer>('http.fetch', { ...options, url });
      return { ...head, text: () => body, json: () => JSON.parse(body) as Json };
    },
    emit: async (name, data = null) => void (await ask('events.emit', { name, data })),
  };
}

/** What `http.fetch` is answered with. */
export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
