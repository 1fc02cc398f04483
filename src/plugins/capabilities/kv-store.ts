/**
 * The rows behind `kv`. A space is what one plugin keeps for one tenant; its row is locked by whoever writes in it, in a
 * statement of its own, so that the statement after it sees what the writer before left: versions and counts cannot race.
 */
import type { PrismaClient } from '../../../generated/prisma/client.ts';

export interface KvSpace {
  /** UUID. */
  readonly tenantId: string;
  readonly pluginName: string;
}

export interface KvQuota {
  readonly entries: number;
  readonly bytes: number;
}

export interface StoredEntry {
  readonly key: string;
  /** JSON. */
  readonly text: string;
  readonly version: number;
}

/** `full`: the quota of entries or of bytes does not allow it. */
export interface KvWrite {
  readonly outcome: 'written' | 'stale' | 'full-of-entries' | 'full-of-bytes';
  /** Of the entry as it is now; 0 when there is none. */
  readonly version: number;
}

type Rows = Pick<PrismaClient, '$queryRaw' | '$executeRaw' | '$transaction'>;
type VersionRow = { was: bigint; now: bigint | null; too_many: boolean; too_large: boolean };

export async function getEntry(prisma: Rows, space: KvSpace, key: string): Promise<StoredEntry | null> {
  const [row] = await prisma.$queryRaw<EntryRow[]>`
    SELECT key, value::text AS text, version FROM plugin_kv_entries
    WHERE tenant_id = ${space.tenantId}::uuid AND plugin_name = ${space.pluginName} AND key = ${key}`;
  return row ? toEntry(row) : null;
}

export interface KvPage {
  readonly prefix: string;
  /** Null: from the start. */
  readonly after: string | null;
  readonly limit: number;
  /** The list ends before it would be larger; its first entry comes whatever its size. */
  readonly maxBytes: number;
}

/** In the order of the keys' code points. */
export async function listEntries(
  prisma: Rows,
  space: KvSpace,
  { prefix, after, limit, maxBytes }: KvPage,
): Promise<readonly StoredEntry[]> {
  const rows = await prisma.$queryRaw<EntryRow[]>`
    SELECT e.key, e.value::text AS text, e.version FROM (
      SELECT key, row_number() OVER (ORDER BY key) AS place, sum(bytes) OVER (ORDER BY key) AS total FROM (
        SELECT key, bytes FROM plugin_kv_entries
        WHERE tenant_id = ${space.tenantId}::uuid AND plugin_name = ${space.pluginName}
          AND key >= ${prefix} AND starts_with(key, ${prefix}) AND key > ${after ?? ''}
        ORDER BY key LIMIT ${limit}
      ) AS found
    ) AS page JOIN plugin_kv_entries e
      ON e.tenant_id = ${space.tenantId}::uuid AND e.plugin_name = ${space.pluginName} AND e.key = page.key
    WHERE page.place = 1 OR page.total <= ${maxBytes}
    ORDER BY e.key`;
  return rows.map(toEntry);
}

export interface KvChange {
  readonly key: string;
  /** JSON. */
  readonly text: string;
  /** Null: whatever is there. */
  readonly ifVersion: number | null;
}

/** Writes unless the version is another one, or the space would grow beyond its quota. */
export async function setEntry(
  prisma: Rows,
  space: KvSpace,
  { key, text, ifVersion }: KvChange,
  quota: KvQuota,
): Promise<KvWrite> {
  const bytes = Buffer.byteLength(key) + Buffer.byteLength(text);
  const [, [row]] = await prisma.$transaction([
    prisma.$executeRaw`
      INSERT INTO plugin_kv_spaces AS s (tenant_id, plugin_name) VALUES (${space.tenantId}::uuid, ${space.pluginName})
      ON CONFLICT (tenant_id, plugin_name) DO UPDATE SET entry_count = s.entry_count`,
    prisma.$queryRaw<VersionRow[]>`
      WITH space AS (
        SELECT entry_count, byte_count, last_version FROM plugin_kv_spaces
        WHERE tenant_id = ${space.tenantId}::uuid AND plugin_name = ${space.pluginName}
      ), old AS (
        SELECT version, bytes FROM plugin_kv_entries
        WHERE tenant_id = ${space.tenantId}::uuid AND plugin_name = ${space.pluginName} AND key = ${key}
      ), next AS (
        SELECT coalesce(version, 0) AS was, (version IS NULL)::int AS more,
          ${bytes}::int - coalesce(bytes, 0) AS growth, entry_count, byte_count, last_version
        FROM space LEFT JOIN old ON true
      ), judged AS (
        SELECT *, more > 0 AND entry_count + more > ${quota.entries}::bigint AS too_many,
          growth > 0 AND byte_count + growth > ${quota.bytes}::bigint AS too_large FROM next
      ), written AS (
        INSERT INTO plugin_kv_entries AS e (tenant_id, plugin_name, key, value, version, bytes, updated_at)
        SELECT ${space.tenantId}::uuid, ${space.pluginName}, ${key}, ${text}::text::json, last_version + 1, ${bytes}::int, now()
        FROM judged
        WHERE NOT too_many AND NOT too_large AND was = coalesce(${ifVersion}::bigint, was)
        ON CONFLICT (tenant_id, plugin_name, key) DO UPDATE
          SET value = EXCLUDED.value, version = EXCLUDED.version, bytes = EXCLUDED.bytes, updated_at = EXCLUDED.updated_at
        RETURNING version
      ), counted AS (
        UPDATE plugin_kv_spaces s
        SET entry_count = s.entry_count + j.more, byte_count = s.byte_count + j.growth, last_version = w.version
        FROM judged j, written w
        WHERE s.tenant_id = ${space.tenantId}::uuid AND s.plugin_name = ${space.pluginName}
      )
      SELECT j.was, w.version AS now, j.too_many, j.too_large FROM judged j LEFT JOIN written w ON true`,
  ]);
  if (!row) throw new Error('The space of a plugin went away while it was written to.');
  if (row.now !== null) return { outcome: 'written', version: Number(row.now) };
  const version = Number(row.was);
  if (ifVersion !== null && ifVersion !== version) return { outcome: 'stale', version };
  return { outcome: row.too_many ? 'full-of-entries' : 'full-of-bytes', version };
}

/** Deletes unless the version is another one; what is not there is deleted already. */
export async function deleteEntry(
  prisma: Rows,
  space: KvSpace,
  { key, ifVersion }: Pick<KvChange, 'key' | 'ifVersion'>,
): Promise<KvWrite> {
  const [, [row]] = await prisma.$transaction([
    prisma.$executeRaw`
      UPDATE plugin_kv_spaces SET entry_count = entry_count
      WHERE tenant_id = ${space.tenantId}::uuid AND plugin_name = ${space.pluginName}`,
    prisma.$queryRaw<{ was: bigint; gone: boolean }[]>`
      WITH old AS (
        SELECT version FROM plugin_kv_entries
        WHERE tenant_id = ${space.tenantId}::uuid AND plugin_name = ${space.pluginName} AND key = ${key}
      ), gone AS (
        DELETE FROM plugin_kv_entries
        WHERE tenant_id = ${space.tenantId}::uuid AND plugin_name = ${space.pluginName} AND key = ${key}
          AND version = coalesce(${ifVersion}::bigint, version)
        RETURNING bytes
      ), counted AS (
        UPDATE plugin_kv_spaces s SET entry_count = s.entry_count - 1, byte_count = s.byte_count - gone.bytes FROM gone
        WHERE s.tenant_id = ${space.tenantId}::uuid AND s.plugin_name = ${space.pluginName}
      )
      SELECT coalesce((SELECT version FROM old), 0) AS was, EXISTS (SELECT 1 FROM gone) AS gone`,
  ]);
  const was = Number(row?.was ?? 0);
  if (row?.gone) return { outcome: 'written', version: 0 };
  return { outcome: ifVersion === null || ifVersion === was ? 'written' : 'stale', version: was };
}

type EntryRow = { key: string; text: string; version: bigint };

function toEntry({ key, text, version }: EntryRow): StoredEntry {
  return { key, text, version: Number(version) };
}
