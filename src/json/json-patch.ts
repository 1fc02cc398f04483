import { createPatch } from 'rfc6902';
import type { JsonObject } from './json.ts';

/** JSON Patch (RFC 6902) that turns `before` into `after`; empty when they are equal. */
export function diffJson(before: JsonObject, after: JsonObject): readonly PatchOperation[] {
  return createPatch(before, after) as unknown as readonly PatchOperation[];
}

/** One operation; `path` is a JSON pointer. */
export interface PatchOperation extends JsonObject {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
}
