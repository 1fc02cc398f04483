/** Prisma's way to a database, by way of the process it is in. */
import type {
  IsolationLevel,
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
  Transaction,
} from '@prisma/driver-adapter-utils';
import type { DatabaseProcess } from './database-process.ts';

const INFO = { provider: 'postgres', adapterName: 'hookline-embedded' } as const;

export function embeddedAdapter(embedded: DatabaseProcess): SqlMigrationAwareDriverAdapterFactory {
  return {
    ...INFO,
    connect: () => Promise.resolve(adapterOf(embedded)),
    connectToShadowDb: () => Promise.reject(new Error('The embedded database has no other beside it.')),
  };
}

function adapterOf(embedded: DatabaseProcess): SqlDriverAdapter {
  return {
    ...queryable(embedded),
    executeScript: (script) => embedded.ask({ do: 'script', script }),
    startTransaction: (isolation) => begin(embedded, isolation),
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: () => Promise.resolve(),
  };
}

let lastTransaction = 0;

async function begin(embedded: DatabaseProcess, isolation: IsolationLevel | undefined): Promise<Transaction> {
  const transaction = ++lastTransaction;
  const options = await embedded.ask({ do: 'begin', isolation, transaction });
  return {
    ...queryable(embedded, transaction),
    options,
    commit: () => embedded.ask({ do: 'commit', transaction }),
    rollback: () => embedded.ask({ do: 'rollback', transaction }),
  };
}

function queryable(embedded: DatabaseProcess, transaction?: number): SqlQueryable {
  return {
    ...INFO,
    queryRaw: (query: SqlQuery) => embedded.ask({ do: 'query', query, transaction }),
    executeRaw: (query: SqlQuery) => embedded.ask({ do: 'execute', query, transaction }),
  };
}
