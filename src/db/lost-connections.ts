import type { Pool } from 'pg';

/**
 * A connection that breaks while it is idle, or while the pool is being closed, is nobody's failure: the pool makes a new
 * one. Without a listener the event would end the process, and Prisma's adapter takes its own away before the pool ends.
 */
export function ignoreLostConnections(pool: Pool): void {
  pool.on('error', () => {});
}
