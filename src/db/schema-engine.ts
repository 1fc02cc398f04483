/** Prisma's schema engine in WebAssembly: migrations without a download, on PGlite and on PostgreSQL. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { Database } from './database.ts';

// Node's types leave WebAssembly to the browser's; this is the part used here.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

// The bindings keep one WebAssembly instance in module state of their own, so it must be made once per process.
let loading: Promise<void> | undefined;

/** Starts an engine that speaks to this database, and ends it and its connections afterwards. `schema`: text of schema.prisma. */
export async function withSchemaEngine<T>(
  { schemaAccess: { adapters } }: Database,
  schema: string,
  run: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  await (loading ??= loadEngine());
  // The engine does not close what it opened, and with a connection it would keep its lock.
  const opened: SqlDriverAdapter[] = [];
  const remember = (adapter: SqlDriverAdapter) => (opened.push(adapter), adapter);
  const bound = bindMigrationAwareSqlAdapterFactory({
    provider: adapters.provider,
    adapterName: adapters.adapterName,
    connect: async () => remember(await adapters.connect()),
    connectToShadowDb: async () => remember(await adapters.connectToShadowDb()),
  });
  try {
    const engine = await bindings.SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, ignoreLog, bound);
    return await run(engine).finally(() => engine.free());
  } finally {
    for (const adapter of opened) await adapter.dispose();
  }
}

/** Node can import the .wasm itself, but prints a warning at every start. */
async function loadEngine(): Promise<void> {
  const file = fileURLToPath(import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const bytes = await readFile(file.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': { ...bindings } });
  const start = instance.exports['__wbindgen_start'];
  if (!isCallable(start)) throw new Error('The schema engine has no start function.');
  setWasm(instance.exports);
  start();
}

/** Exported by the JavaScript of the bindings, not by their types. */
function setWasm(exports: object): void {
  const set: unknown = Reflect.get(bindings, '__wbg_set_wasm');
  if (!isCallable(set)) throw new Error('The bindings of the schema engine have no __wbg_set_wasm.');
  set(exports);
}

function isCallable(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

function ignoreLog(): void {}
