/** What the test asks of the server under attack, over the channel that only a test's server has, and what it answers. */
import type { CatalogEntry } from '../../../src/plugins/catalog-entry.ts';
import type { PluginSource } from '../../../src/sandbox/sandbox.ts';

/** `validated`: as the product does; `contained`: without the validator. */
export type AttackMode = 'validated' | 'contained';

export type ServerRequest =
  | { readonly type: 'add'; readonly source: PluginSource; readonly mode: AttackMode }
  /** Compiles it in both modes. */
  | { readonly type: 'compare'; readonly source: PluginSource }
  | { readonly type: 'remove'; readonly name: string }
  /** Answers the longest delay since it was last asked. */
  | { readonly type: 'loopDelay' }
  | { readonly type: 'memory' }
  | { readonly type: 'instances' }
  | { readonly type: 'token'; readonly tenant: string };

export interface ServerAnswers {
  readonly add: { readonly problem: CatalogEntry['problem'] };
  /** The rule that refuses it, if one does; else whether what may run is what runs without the validator. */
  readonly compare: { readonly rule: string | null; readonly sameText: boolean };
  readonly remove: null;
  readonly loopDelay: { readonly maxMs: number };
  readonly memory: { readonly residentBytes: number; readonly heapUsedBytes: number; readonly polluted: boolean };
  readonly instances: { readonly count: number; readonly reserve: number };
  readonly token: { readonly token: string };
}

export interface ServerReady {
  readonly type: 'ready';
  readonly url: string;
  readonly dataDir: string;
}

export interface ServerMessage {
  readonly id: number;
  readonly request: ServerRequest;
}

export interface ServerReply {
  readonly id: number;
  readonly answer?: ServerAnswers[keyof ServerAnswers];
  readonly error?: string;
}
