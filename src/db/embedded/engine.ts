/** PGlite, as one function that does what is asked. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { SqlQueryable } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { lockPatiently } from '../folder-lock.ts';
import type { PreparedStatement, StatementText } from '../prepared-statement.ts';
import { UTC } from '../utc.ts';
import { pgliteStatement } from './pglite-statement.ts';
import type { EmbeddedOptions, Request, RequestTo, Results } from './requests.ts';
import { beginTransaction, TRANSACTION_OPTIONS, type OpenTransaction } from './transaction.ts';
import { createUpkeep } from './upkeep.ts';

/** The process of a server that was killed ends as soon as it notices, which a long statement may keep it from. */
const PATIENCE_MS = 10_000;

const START = [
  ...PGlite.defaultStartParams,
  // A quarter of the memory that is usual; what does not fit is in the system's cache of files.
  ...['-c', 'shared_buffers=32MB'],
  // A new piece of the write-ahead log, one in 16 MB, is made by writing its end: to fill it with zeros first, statement and all
  // who wait for it stand still for 100 ms in a folder, and for 300 in memory.
  ...['-c', 'wal_init_zero=off'],
];

export type Engine = (request: Request) => Promise<Results[keyof Results]>;

/**
 * @param onUpkeepFailed told what failed, and why.
 * @throws FolderInUseError when the process of another server does not leave the folder.
 */
export async function createEngine(
  options: EmbeddedOptions,
  onUpkeepFailed?: (step: string, error: unknown) => void,
): Promise<Engine> {
  const { client, afterClose } = await open(options);
  await client.waitReady;
  await client.exec(UTC);
  const adapter = await new PrismaPGlite(client).connect();
  const upkeep = createUpkeep(client, onUpkeepFailed && { onFailure: onUpkeepFailed });
  const transactions = new Map<number, OpenTransaction>();
  const statements = new Map<string, PreparedStatement>();

  function openTransaction(number: number): OpenTransaction {
    const transaction = transactions.get(number);
    if (!transaction) throw new Error('PGlite is closed to this transaction: its process has ended.');
    return transaction;
  }

  function within(number: number | undefined): SqlQueryable {
    return number === undefined ? adapter : openTransaction(number).statements;
  }

  async function begin({ isolation, transaction: number }: RequestTo<'begin'>): Promise<Results['begin']> {
    transactions.set(number, await beginTransaction(client, isolation));
    return TRANSACTION_OPTIONS;
  }

  function end(number: number): OpenTransaction {
    const transaction = openTransaction(number);
    transactions.delete(number);
    return transaction;
  }

  function prepared(statement: StatementText): PreparedStatement {
    const run = statements.get(statement.name) ?? pgliteStatement(client, statement);
    statements.set(statement.name, run);
    return run;
  }

  async function answer(request: Request): Promise<Results[keyof Results]> {
    switch (request.do) {
      case 'query':
        return await within(request.transaction).queryRaw(request.query);
      case 'execute':
        return await within(request.transaction).executeRaw(request.query);
      case 'script':
        // The adapter's own way starts a script and does not wait for it.
        await client.exec(request.script);
        return undefined;
      case 'begin':
        return await begin(request);
      case 'commit':
        return await end(request.transaction).commit();
      case 'rollback':
        // Of one that ended with its process nothing is left.
        return transactions.has(request.transaction) ? await end(request.transaction).rollback() : undefined;
      case 'run':
        return await prepared(request.statement)(request.values);
      case 'close':
        await upkeep.stop();
        await client.close();
        return afterClose();
    }
  }

  return (request) => upkeep.around(() => answer(request));
}

/** @returns the client, and what to do once it is closed. */
async function open({ dataDir, template }: EmbeddedOptions): Promise<{ client: PGlite; afterClose: () => void }> {
  if (dataDir === undefined) {
    // Not `openAsBlob`, which opens the path at each read and fails when another file has taken its place.
    const files = template === undefined ? {} : { loadDataDir: new Blob([await readFile(template)]) };
    return { client: new PGlite({ ...files, startParams: START }), afterClose: () => {} };
  }
  const lock = await lockPatiently(dataDir, 'db.lock', PATIENCE_MS);
  return { client: new PGlite(join(dataDir, 'db'), { startParams: START }), afterClose: lock.release };
}
