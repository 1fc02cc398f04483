/** `T` whose optional keys are absent or hold a value, never `undefined`. */
export type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Arguments as the use cases take them: GraphQL leaves a key out where its types say `undefined`. */
export function present<T extends object>(input: T): Present<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Present<T>;
}
