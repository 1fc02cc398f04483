/** The tool of the add plugin as the contestants without an SDK are given it: JSON in, JSON out. */
export const GUEST = `
const answer = (text) => { const { a, b } = JSON.parse(text); return { success: true, data: a + b }; };
globalThis.sync = (text) => JSON.stringify(answer(text));
globalThis.async = async (text) => JSON.stringify(await Promise.resolve(answer(text)));
`;

/** How a contestant is told which of the two, on its command line. */
export function wantedKind(): 'sync' | 'async' {
  return process.argv.includes('async') ? 'async' : 'sync';
}

/** What the guest answered, which is JSON. */
export function parse(answer: unknown): unknown {
  return JSON.parse(String(answer));
}
