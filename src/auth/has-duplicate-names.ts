/**
 * True when an object of a JSON text has the same name twice (RFC 8725 asks for care: two readers may take different
 * ones). `json` must be valid JSON. Looks at the outermost object.
 */
export function hasDuplicateNames(json: string): boolean {
  const names = new Set<unknown>();
  let depth = 0;
  // Strings are taken whole, so brackets inside them do not count; a string before a colon is a name.
  for (const [token, string, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (colon !== undefined && string !== undefined && depth === 1) {
      const name: unknown = JSON.parse(string);
      if (names.has(name)) return true;
      names.add(name);
    }
  }
  return false;
}
