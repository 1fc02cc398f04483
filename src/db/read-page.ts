/** One page by keyset, over any table that has an ordered key. */
import { Prisma } from '../../generated/prisma/client.ts';
import type { Page } from './page.ts';
import type { PageSize } from './page-size.ts';

/** A column that never falls while the key rises, by which the rows are found in their order. */
export interface LeadingColumn {
  readonly column: Prisma.Sql;
  /** Its value where the key has this one. */
  at(key: Prisma.Sql): Prisma.Sql;
}

export interface KeysetPage<Node> extends PageSize {
  /** The ordered column; unique within `conditions`. */
  readonly key: Prisma.Sql;
  readonly leading?: LeadingColumn | undefined;
  /** What every row of the list fulfils; at least one. */
  readonly conditions: readonly Prisma.Sql[];
  /** The key's value at a cursor; null for none. */
  readonly after: Prisma.Sql | null;
  readonly before: Prisma.Sql | null;
  /** Rows by a clause that begins with WHERE, and whose order begins at that end. */
  rows(clause: Prisma.Sql, from: PageSize['from']): Promise<readonly Node[]>;
  exists(clause: Prisma.Sql, from: PageSize['from']): Promise<boolean>;
  cursorOf(node: Node): string;
}

/** One row more than asked for tells whether the list goes on; what lies on the other side of a cursor is asked for. */
export async function readPage<Node>(page: KeysetPage<Node>): Promise<Page<Node>> {
  const { from, size, key, leading, conditions, after, before } = page;
  const within = [
    ...conditions,
    ...(after ? [Prisma.sql`${key} > ${after}`, ...leadingFrom(leading, after)] : []),
    ...(before ? [Prisma.sql`${key} < ${before}`, ...leadingTo(leading, before)] : []),
  ];
  const inOrder = (at: PageSize['from']) => {
    const direction = at === 'start' ? Prisma.sql`ASC` : Prisma.sql`DESC`;
    const columns = [...(leading ? [leading.column] : []), key];
    return Prisma.sql`ORDER BY ${Prisma.join(columns.map((column) => Prisma.sql`${column} ${direction}`))}`;
  };
  const found = await page.rows(Prisma.sql`${whereAll(within)} ${inOrder(from)} LIMIT ${size + 1}`, from);
  const nodes = from === 'start' ? found.slice(0, size) : found.slice(0, size).toReversed();
  const more = found.length > size;
  // What lies nearest to the cursor first: a database that is free to choose may begin where there is nothing.
  const exists = (beyond: readonly Prisma.Sql[], at: PageSize['from']) =>
    page.exists(Prisma.sql`${whereAll([...conditions, ...beyond])} ${inOrder(at)}`, at);
  const [atOrBeforeAfter, atOrAfterBefore] = await Promise.all([
    after !== null && exists([Prisma.sql`${key} <= ${after}`, ...leadingTo(leading, after)], 'end'),
    before !== null && exists([Prisma.sql`${key} >= ${before}`, ...leadingFrom(leading, before)], 'start'),
  ]);
  const edges = nodes.map((node) => ({ cursor: page.cursorOf(node), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: atOrAfterBefore || (from === 'start' && more),
      hasPreviousPage: atOrBeforeAfter || (from === 'end' && more),
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function leadingFrom(leading: LeadingColumn | undefined, key: Prisma.Sql): readonly Prisma.Sql[] {
  return leading ? [Prisma.sql`${leading.column} >= ${leading.at(key)}`] : [];
}

function leadingTo(leading: LeadingColumn | undefined, key: Prisma.Sql): readonly Prisma.Sql[] {
  return leading ? [Prisma.sql`${leading.column} <= ${leading.at(key)}`] : [];
}

export function whereAll(conditions: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.sql`WHERE ${Prisma.join([...conditions], ' AND ')}`;
}
