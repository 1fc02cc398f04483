import { readSettings } from './settings.ts';

/** Of the command line, beside what a server reads. */
const OTHERS = ['HOOKLINE_TOKEN'];
const PREFIX = 'HOOKLINE_';

export interface UnknownSetting {
  readonly name: string;
  /** The one that is spelt most like it. */
  readonly nearest: string;
}

/** Variables that look like settings and that nobody reads, ordered by name. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>): readonly UnknownSetting[] {
  const known = knownSettings();
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .sort()
    .map((name) => ({ name, nearest: nearestOf(name, known) }));
}

/** What `readSettings` looks for is what there is: no second list can be wrong. */
function knownSettings(): readonly string[] {
  const asked = new Set(OTHERS);
  const env = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get(_env, name) {
        if (typeof name === 'string' && name.startsWith(PREFIX)) asked.add(name);
        return undefined;
      },
    },
  );
  readSettings(env);
  return [...asked];
}

function nearestOf(name: string, known: readonly string[]): string {
  const [first = name, ...others] = known;
  return others.reduce((best, other) => (distance(name, other) < distance(name, best) ? other : best), first);
}

/** How many characters must be put in, taken out or replaced (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (b[column - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
