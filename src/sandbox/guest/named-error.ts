import { defineValue } from './intrinsics.ts';

const Failure = Error;

/** Its name says what it is. */
export function namedError(name: string, message: string): Error {
  const error = new Failure(message);
  defineValue(error, 'name', name);
  return error;
}
