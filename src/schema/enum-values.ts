/** GraphQL enum values from the tables in code; a name without a description does not compile. */
type Described<K extends string> = { readonly [N in K]: string };

export function enumValues<K extends string>(
  descriptions: Described<K>,
  names: readonly K[],
): { [N in K]: { description: string } } {
  const entries = names.map((name) => [name, { description: descriptions[name] }]);
  return Object.fromEntries(entries) as { [N in K]: { description: string } };
}

/** For tables whose names are lower case in code: MUTATE stands for 'mutate'. */
export function upperCaseValues<K extends string>(
  descriptions: Described<K>,
  names: readonly K[],
): { [N in K as Uppercase<N>]: { description: string; value: N } } {
  const entries = names.map((name) => [name.toUpperCase(), { description: descriptions[name], value: name }]);
  return Object.fromEntries(entries) as { [N in K as Uppercase<N>]: { description: string; value: N } };
}
