/** `kv`: values that a plugin keeps for its tenant, under a quota, with compare-and-set. */
import { setImmediate } from 'node:timers/promises';
import type { PrismaClient } from '../../../generated/prisma/client.ts';
import type { CapabilityLimits } from '../../config/capability-limits.ts';
import type { Json, JsonObject } from '../../json/json.ts';
import type { AnswerMethod, Asker } from './asker.ts';
import { deleteEntry, getEntry, listEntries, setEntry, type KvWrite, type StoredEntry } from './kv-store.ts';
import { integerArg, optionalArg, requireOnly, textArg } from './read-args.ts';
import { refused } from './refusal.ts';
import { createSlots } from './slots.ts';

const KEY = { minChars: 1, maxChars: 256 };
const LIST_DEFAULT = 50;
const LIST_MAX = 100;
/** What a list brings at most, so that an answer fits where any answer fits. */
const LIST_BYTES = 131_072;

/**
 * Of one tenant, in the database and before it. Whatever is in the database's own queue stands before the journal's writes
 * and the requests of other tenants; what waits here stands before nobody else's.
 */
const TURNS = { atOnce: 2, waiting: 512 };

export interface KvDeps {
  readonly prisma: PrismaClient;
  readonly limits: Pick<CapabilityLimits, 'kvEntries' | 'kvBytes' | 'kvValueBytes'>;
}

export function createKv({ prisma, limits }: KvDeps): Record<'get' | 'set' | 'delete' | 'list', AnswerMethod> {
  const quota = { entries: limits.kvEntries, bytes: limits.kvBytes };
  const slots = createSlots(TURNS);
  const inTurn = <T>({ tenantId }: Asker, signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
    slots.run(tenantId, signal, async () => {
      try {
        return await work();
      } finally {
        // The embedded database computes in this process: one request right behind another would let nothing else happen.
        await setImmediate();
      }
    });
  return {
    async get(space, args, { signal }) {
      requireOnly(args, ['key']);
      const key = textArg(args, 'key', KEY);
      const entry = await inTurn(space, signal, () => getEntry(prisma, space, key));
      return entry && shown(entry);
    },
    async set(space, args, { signal }) {
      requireOnly(args, ['key', 'value', 'ifVersion']);
      const change = { key: textArg(args, 'key', KEY), text: valueOf(args, limits), ifVersion: versionOf(args) };
      return written(await inTurn(space, signal, () => setEntry(prisma, space, change, quota)), quota);
    },
    async delete(space, args, { signal }) {
      requireOnly(args, ['key', 'ifVersion']);
      const change = { key: textArg(args, 'key', KEY), ifVersion: versionOf(args) };
      return written(await inTurn(space, signal, () => deleteEntry(prisma, space, change)), quota);
    },
    async list(space, args, { signal }) {
      requireOnly(args, ['prefix', 'after', 'limit']);
      const text = (name: string) => textArg(args, name, { maxChars: KEY.maxChars });
      const page = {
        prefix: optionalArg(args, 'prefix', '', () => text('prefix')),
        after: optionalArg(args, 'after', null, () => text('after')),
        limit: optionalArg(args, 'limit', LIST_DEFAULT, () => integerArg(args, 'limit', 1, LIST_MAX)),
        maxBytes: LIST_BYTES,
      };
      return (await inTurn(space, signal, () => listEntries(prisma, space, page))).map(shown);
    },
  };
}

function versionOf(args: JsonObject): number | null {
  return optionalArg(args, 'ifVersion', null, () => integerArg(args, 'ifVersion', 0, Number.MAX_SAFE_INTEGER));
}

function valueOf(args: JsonObject, { kvValueBytes }: KvDeps['limits']): string {
  const { value } = args;
  if (value === undefined) throw refused('value is missing; null is a value, undefined is none.');
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= kvValueBytes) return text;
  throw refused(`The value has ${bytes} bytes as JSON; there may be ${kvValueBytes}.`);
}

function written({ outcome, version }: KvWrite, quota: { entries: number; bytes: number }): JsonObject {
  if (outcome === 'full-of-entries') {
    throw refused(
      `This plugin keeps ${quota.entries} entries for its tenant, and there may be no more. Delete some first.`,
    );
  }
  if (outcome === 'full-of-bytes') {
    throw refused(
      `This plugin may keep ${quota.bytes} bytes for its tenant, and this would be more. Delete some first.`,
    );
  }
  return { success: outcome === 'written', version };
}

function shown({ key, text, version }: StoredEntry): JsonObject {
  return { key, value: JSON.parse(text) as Json, version };
}
