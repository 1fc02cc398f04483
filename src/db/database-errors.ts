/** What a failed statement means for whoever asked: try again at once, try again later, or a bug. */
import { HooklineError } from '../errors/hookline-error.ts';

/** Prisma's codes for a database that cannot be reached, has no free connection, or did not answer in time. */
const UNAVAILABLE_CODES = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P1018',
  'P2024',
  'P2028',
  'P2037',
]);
/** SQLSTATEs of the same: connection failures, shutdown, too many connections, read-only, disk full, timeouts. */
const UNAVAILABLE_STATES = /^(08...|57P0.|53...|25006|57014|55000|55P03|58...)$/;
/** Driver messages that come without a code. */
const UNAVAILABLE_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|PGlite is clos/i;
const CONFLICT_STATES = new Set(['40001', '40P01']);

/** At start: the address is wrong, nobody listens there, or the password is refused. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
}

export type DatabaseFailure = 'conflict' | 'unavailable' | 'other';

export function classifyDatabaseError(error: unknown): DatabaseFailure {
  if (error instanceof HooklineError) return 'other';
  const facts = chain(error);
  if (facts.some(({ code }) => code === 'P2034' || CONFLICT_STATES.has(code))) return 'conflict';
  const unavailable = facts.some(
    ({ code, message }) =>
      UNAVAILABLE_CODES.has(code) ||
      UNAVAILABLE_STATES.test(code) ||
      UNAVAILABLE_MESSAGES.test(message) ||
      /^E[A-Z]{4,}$/.test(code),
  );
  return unavailable ? 'unavailable' : 'other';
}

/** The error a caller sees: SERVICE_UNAVAILABLE for a database out of reach, else the error as it is. */
export function toCallerError(error: unknown): unknown {
  if (error instanceof HooklineError || classifyDatabaseError(error) === 'other') return error;
  return new HooklineError(
    'SERVICE_UNAVAILABLE',
    'The database does not answer at the moment. Nothing was changed that you can rely on; try again.',
    {
      retryAfterS: 1,
      cause: error,
    },
  );
}

/** The same function, failing as `toCallerError` says. */
export function withCallerErrors<Args extends unknown[], Result>(
  run: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      throw toCallerError(error);
    }
  };
}

/** An error and what it wraps, as far as Prisma and the drivers nest them. */
function chain(error: unknown, depth = 0): readonly { code: string; message: string }[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const read = (key: string): unknown => Reflect.get(error, key);
  const text = (key: string) => {
    const value = read(key);
    return typeof value === 'string' ? value : '';
  };
  const own = [
    { code: text('code'), message: text('message') },
    { code: text('originalCode'), message: text('originalMessage') },
  ];
  return [...own, ...['cause', 'meta', 'driverAdapterError'].flatMap((key) => chain(read(key), depth + 1))];
}
