/** What every input says of its key. */
export const IDEMPOTENCY_KEY =
  'At most 255 characters, of your choice. The same key with the same input is answered as the first time, and done once.';
