const { defineProperty } = Reflect;
const Failure = Error;

/** Its name says what it is. Defined, not set: a plugin may have put a setter where all objects find it. */
export function namedError(name: string, message: string): Error {
  const error = new Failure(message);
  defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  return error;
}
