/** The catalog of a host: global plugins, and those of single tenants. What registers returns its undo. */
import { HooklineError } from '../errors/hookline-error.ts';
import type { CatalogEntry } from './catalog-entry.ts';
import { inProcessEntry, type PluginLike } from './in-process-plugin.ts';

export interface Registry {
  /** Trusted code of the embedding program; PLUGIN_VALIDATION_FAILED, PLUGIN_INCOMPATIBLE or PLUGIN_LOAD_FAILED when it cannot be used. */
  register(plugin: PluginLike, options?: RegisterOptions): () => void;
  /** CONFLICT when the name is taken for any tenant that would see it. */
  add(entry: CatalogEntry): () => void;
  find(tenantId: string, name: string): CatalogEntry | undefined;
  /** Ordered by name. */
  list(tenantId: string): readonly CatalogEntry[];
  /** Rises with each change. */
  readonly revision: number;
  /** Told of each entry that leaves the catalog. Returns its undo. */
  onRemoved(listener: (entry: CatalogEntry) => void): () => void;
}

export interface RegisterOptions {
  /** The tenant that alone sees the plugin: `Tenant:` and a UUID, as contexts have it, or the UUID alone. */
  readonly tenantId?: string;
}

export function createRegistry(): Registry {
  const entries = new Set<CatalogEntry>();
  const listeners = new Set<{ readonly listener: (entry: CatalogEntry) => void }>();
  let revision = 0;

  const seenBy = (tenantId: string) => (entry: CatalogEntry) => entry.tenantId === null || entry.tenantId === tenantId;

  const registry: Registry = {
    get revision() {
      return revision;
    },
    register: (plugin, options = {}) =>
      registry.add(inProcessEntry(plugin, options.tenantId?.replace(/^Tenant:/, '') ?? null)),
    add(entry) {
      const taken = [...entries].find((other) => other.name === entry.name && overlap(other, entry));
      if (taken)
        throw new HooklineError(
          'CONFLICT',
          `A plugin named "${entry.name}" is already registered. Choose another name, or undo that registration first.`,
        );
      entries.add(entry);
      revision += 1;
      return () => {
        if (!entries.delete(entry)) return;
        revision += 1;
        for (const { listener } of listeners) listener(entry);
      };
    },
    onRemoved(listener) {
      const registered = { listener };
      listeners.add(registered);
      return () => void listeners.delete(registered);
    },
    find: (tenantId, name) => [...entries].find((entry) => entry.name === name && seenBy(tenantId)(entry)),
    list: (tenantId) => [...entries].filter(seenBy(tenantId)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return registry;
}

function overlap(a: CatalogEntry, b: CatalogEntry): boolean {
  return a.tenantId === null || b.tenantId === null || a.tenantId === b.tenantId;
}
