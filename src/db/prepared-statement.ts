/**
 * A statement that a connection parses and plans once, around Prisma, whose raw queries are planned anew each time. For the
 * embedded database that is most of what a small statement costs.
 */
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
