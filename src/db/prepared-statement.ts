/**
 * A statement that a connection parses and plans once, around Prisma, whose raw queries are planned anew each time. For the
 * embedded database that is most of what a small statement costs.
 */
import { messages, protocol, type PGlite } from '@electric-sql/pglite';
import type pg from 'pg';

/** Runs it with these parameters, in a transaction of its own. Rows are columns as PostgreSQL writes them as text. */
export type PreparedStatement = (
  values: readonly (string | null)[],
) => Promise<readonly (readonly (string | null)[])[]>;

export interface StatementText {
  /** Unique among the statements of a connection. */
  readonly name: string;
  /** Its parameters are of the type text. */
  readonly text: string;
}

const asText = { getTypeParser: () => (text: string) => text };

/** Each connection of the pool prepares it when it first runs it. */
export function postgresStatement(pool: pg.Pool, { name, text }: StatementText): PreparedStatement {
  return async (values) => {
    const { rows } = await pool.query<(string | null)[]>({
      name,
      text,
      values: [...values],
      rowMode: 'array',
      types: asText,
    });
    return rows;
  };
}

const { serialize } = protocol;
/** The number of PostgreSQL's type text. */
const TEXT_OID = 25;

export function pgliteStatement(client: PGlite, { name, text }: StatementText): PreparedStatement {
  const types = Array.from({ length: new Set(text.match(/\$\d+/g)).size }, () => TEXT_OID);
  let prepared = false;
  return async (values) => {
    await client._checkReady();
    // As PGlite's own `query` does: nothing else may come between, least of all into somebody's transaction.
    return client._runExclusiveTransaction(() =>
      client._runExclusiveQuery(async () => {
        if (!prepared) await send(client, [serialize.parse({ name, text, types })]);
        prepared = true;
        return send(client, [serialize.bind({ statement: name, values: [...values] }), serialize.execute({})]);
      }),
    );
  };
}

/** With a Sync at the end, which commits, or ends what has failed. Returns the rows. */
async function send(client: PGlite, parts: readonly Uint8Array[]): Promise<readonly (readonly (string | null)[])[]> {
  const answer = await client.execProtocol(Buffer.concat([...parts, serialize.sync()]));
  return answer.messages.filter((message) => message instanceof messages.DataRowMessage).map(({ fields }) => fields);
}
