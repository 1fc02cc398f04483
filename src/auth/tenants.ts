/** Tenants in the database: found by id or slug, listed by slug, created. */
import { randomUUID } from 'node:crypto';
import { Prisma, type PrismaClient } from '../../generated/prisma/client.ts';
import type { CountedPage, PageRequest } from '../db/page.ts';
import { pageSize } from '../db/page-size.ts';
import { readPage } from '../db/read-page.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { ActorTenant } from './actor.ts';

const SLUG = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NAME_MAX_CHARS = 200;

/**
 * By id (`Tenant:` and a UUID, or the UUID alone) or slug; null when there is none. A slug never looks like a UUID, so
 * the two cannot be confused.
 */
export async function findTenant(prisma: PrismaClient, idOrSlug: string): Promise<ActorTenant | null> {
  const id = idOrSlug.replace(/^Tenant:/, '');
  const where = UUID.test(id) ? { id } : SLUG.test(idOrSlug) ? { slug: idOrSlug } : null;
  return where && (await prisma.tenant.findUnique({ where, select: SHOWN }));
}

/** Ordered by slug. @throws HooklineError INVALID_INPUT for a bad cursor or size. */
export async function listTenants(prisma: PrismaClient, page: PageRequest): Promise<CountedPage<ActorTenant>> {
  const [tenants, totalCount] = await Promise.all([
    readPage<ActorTenant>({
      ...pageSize(page),
      // In byte order, whatever the database's collation: so that a cursor means the same everywhere.
      key: Prisma.sql`slug COLLATE "C"`,
      conditions: [Prisma.sql`TRUE`],
      after: slugAt(page.after),
      before: slugAt(page.before),
      rows: (where) => prisma.$queryRaw`SELECT id::text, slug, name FROM tenants ${where}`,
      exists: async (where) => (await prisma.$queryRaw<unknown[]>`SELECT 1 FROM tenants ${where} LIMIT 1`).length > 0,
      cursorOf: ({ slug }) => cursorOf(slug),
    }),
    prisma.tenant.count(),
  ]);
  return { ...tenants, totalCount };
}

/** @throws HooklineError INVALID_INPUT for a slug or name that is not allowed, CONFLICT for a slug that is taken. */
export async function createTenant(
  prisma: PrismaClient,
  { slug, name }: { readonly slug: string; readonly name?: string | null },
): Promise<ActorTenant> {
  if (!SLUG.test(slug)) {
    throw new HooklineError(
      'INVALID_INPUT',
      'slug must be 1 to 63 of a-z, 0-9 and -, and begin and end with a letter or digit.',
    );
  }
  if (UUID.test(slug))
    throw new HooklineError('INVALID_INPUT', 'slug must not look like a UUID: tenant_id may be either.');
  const shownName = name ?? slug;
  if (!isName(shownName)) {
    throw new HooklineError(
      'INVALID_INPUT',
      `name must be 1 to ${NAME_MAX_CHARS} characters, without control characters.`,
    );
  }
  try {
    const data = { id: randomUUID(), slug, name: shownName, createdAt: new Date() };
    return await prisma.tenant.create({ data, select: SHOWN });
  } catch (error) {
    if (!(error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')) throw error;
    throw new HooklineError('CONFLICT', `A tenant with the slug "${slug}" exists already.`);
  }
}

const SHOWN = { id: true, slug: true, name: true } as const;

function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= NAME_MAX_CHARS && !/\p{Cc}/u.test(name) && name.isWellFormed();
}

function cursorOf(slug: string): string {
  return Buffer.from(`t1:${slug}`).toString('base64url');
}

function slugAt(cursor: string | null | undefined): Prisma.Sql | null {
  if (cursor === null || cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const slug = text.slice(3);
  if (cursorOf(slug) !== cursor || !text.startsWith('t1:') || !SLUG.test(slug)) {
    throw new HooklineError('INVALID_INPUT', 'This cursor cannot be read. Use one that this list returned.');
  }
  return Prisma.sql`${slug}::text`;
}
