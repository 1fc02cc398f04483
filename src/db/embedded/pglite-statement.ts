import { messages, protocol, type PGlite } from '@electric-sql/pglite';
import type { PreparedStatement, StatementText } from '../prepared-statement.ts';

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
        const answer = await send(client, [
          serialize.bind({ statement: name, values: [...values] }),
          serialize.execute({}),
        ]);
        // PGlite says nothing at all when its WebAssembly has failed.
        if (!answer.some((message) => message instanceof messages.CommandCompleteMessage))
          throw new Error('PGlite is closed: it gave no answer.');
        return answer.filter((message) => message instanceof messages.DataRowMessage).map(({ fields }) => fields);
      }),
    );
  };
}

/** With a Sync at the end, which commits, or ends what has failed. */
async function send(client: PGlite, parts: readonly Uint8Array[]): Promise<readonly object[]> {
  return (await client.execProtocol(Buffer.concat([...parts, serialize.sync()]))).messages;
}
