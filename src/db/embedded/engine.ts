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

/** The process of a server that was killed ends as soon as it notices, which a long statement may keep it from. */
const PATIENCE_MS = 10_000;

/** A quarter of the memory that is usual; what does not fit is in the system's cache of files. */
const START = [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB'];

export type Engine = (request: Request) => Promise<Results[keyof Results]>;

/** @throws FolderInUseError when the process of another server does not leave the folder. */
export async function createEngine(options: EmbeddedOptions): Promise<Engine> {
  const { client, afterClose } = await open(options);
  await client.waitReady;
  await client.exec(UTC);
  const adapter = await new PrismaPGlite(client).connect();
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

  return async (request) => {
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
        await client.close();
        return afterClose();
    }
  };
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
