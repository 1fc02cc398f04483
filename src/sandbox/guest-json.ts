/** Reads JSON that came out of an isolate. What is in it is the plugin's; only its form is made safe here. */
import type { Json } from '../json/json.ts';

export type GuestJson = { readonly value: Json } | { readonly problem: string };

/** Deep enough for data, shallow enough for everything that walks it. */
const MAX_DEPTH = 100;

export function parseGuestJson(text: string): GuestJson {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { problem: 'It is not JSON.' };
  }
  const problem = findProblem(value, MAX_DEPTH);
  return problem === undefined ? { value } : { problem };
}

/** A careless merge somewhere below would write such keys into what all objects share. */
function findProblem(value: Json, depthLeft: number): string | undefined {
  // As 1e999 is read, which V8's JSON.rawJSON writes. It could not be written as JSON again.
  if (value === Infinity || value === -Infinity) return 'It has a number that is too large.';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depthLeft === 0) return `It is nested more than ${MAX_DEPTH} levels deep.`;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      const problem = findProblem(item, depthLeft - 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__' || key === 'prototype' || (key === 'constructor' && typeof item === 'object')) {
      return `It has a key "${key}", which is not allowed in data.`;
    }
    const problem = findProblem(item, depthLeft - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
