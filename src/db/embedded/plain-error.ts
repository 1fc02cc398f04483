/** Errors on their way between threads: a clone keeps the message, but not what makes it an error of the database. */
import { DriverAdapterError, isDriverAdapterError, type Error as DriverError } from '@prisma/driver-adapter-utils';

export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its other properties that are text: SQLSTATE, constraint, hint. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What Prisma's adapter made of it. */
  readonly driverError?: DriverError;
}

export function toPlainError(thrown: unknown): PlainError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack } = error;
  const facts = Object.fromEntries(Object.entries(error).filter(([, value]) => typeof value === 'string'));
  return { name, message, stack, facts, ...(isDriverAdapterError(error) && { driverError: error.cause }) };
}

export function fromPlainError({ name, message, stack, facts, driverError }: PlainError): Error {
  const error = driverError ? new DriverAdapterError(driverError) : new Error(message);
  return Object.assign(error, facts, { name, stack });
}
