/** Which servers share a database and are up: each says so every few seconds while it lives. */
import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import { isRunning, thisProcess } from './process-identity.ts';

const HEARTBEAT_MS = 5_000;
/** A server on another machine counts as gone after this long without a sign of life: several missed beats. */
const SILENT_MS = 30_000;
/** Long enough that nothing of such a server can still be running; its executions count as abandoned without its row. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

export interface ServerMembership extends AsyncDisposable {
  /** UUID, new at every start. */
  readonly id: string;
  leave(): Promise<void>;
}

/** @param onError told when a sign of life could not be written; the next one is tried all the same. */
export async function joinServers(
  database: Database,
  onError: (error: unknown) => void = () => {},
): Promise<ServerMembership> {
  const id = randomUUID();
  const { place, pid, startTicks } = thisProcess();
  const beat = () => database.prisma.$executeRaw`
    INSERT INTO servers (id, place, pid, start_ticks, seen_at) VALUES (${id}::uuid, ${place}, ${pid}, ${startTicks}, now())
    ON CONFLICT (id) DO UPDATE SET seen_at = now()`;
  await beat();
  await database.prisma
    .$executeRaw`DELETE FROM servers WHERE seen_at < now() - ${FORGOTTEN_MS} * interval '1 millisecond'`;
  const timer = setInterval(() => void beat().catch(onError), HEARTBEAT_MS);
  timer.unref();
  const leave = async () => {
    clearInterval(timer);
    await database.prisma.$executeRaw`DELETE FROM servers WHERE id = ${id}::uuid`;
  };
  return { id, leave, [Symbol.asyncDispose]: leave };
}

/**
 * Those of `ids` whose server is not up any more; null stands for executions no server put its name to. The embedded
 * database has one server at a time (the folder lock), so there all others are gone.
 */
export async function goneServers(
  { kind, prisma }: Database,
  own: string | null,
  ids: readonly (string | null)[],
): Promise<ReadonlySet<string | null>> {
  const others = ids.filter((id) => id === null || id !== own);
  if (kind === 'pglite') return new Set(others);
  const rows = await prisma.$queryRaw<
    { id: string; place: string; pid: number; start_ticks: string; heard: boolean }[]
  >`
    SELECT id::text, place, pid, start_ticks, seen_at > now() - ${SILENT_MS} * interval '1 millisecond' AS heard FROM servers`;
  const up = new Set<string | null>(
    rows
      .filter(({ place, pid, start_ticks: startTicks, heard }) => isRunning({ place, pid, startTicks }) ?? heard)
      .map(({ id }) => id),
  );
  return new Set(others.filter((id) => !up.has(id)));
}
