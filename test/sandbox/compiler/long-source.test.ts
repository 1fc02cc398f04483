/** A plugin as long as one may be is read by a compiler that has read nothing before, and does its work. */
import { expect, test } from 'vitest';
import { SANDBOX_LIMITS } from '../../../src/sandbox/limits.ts';
import { openPlugin, openSandbox, run } from '../rig.ts';

/** A part of a plugin as people write them, with types, comments, templates and closures: some 175 tokens. */
const part = (n: number) => `
interface Order${n} {
  readonly id: string;
  readonly lines: readonly { readonly sku: string; readonly count: number; readonly price: number }[];
}

/** Sums the lines of an order, and says which of them are free. */
function total${n}(order: Order${n}, taxes: Readonly<Record<string, number>> = {}): { sum: number; free: string[] } {
  const free: string[] = [];
  let sum = 0;
  for (const { sku, count, price } of order.lines) {
    if (price === 0) free.push(sku); // Nothing to add.
    const tax = taxes[sku.slice(0, 2)] ?? 0.19;
    sum += Math.round(count * price * (1 + tax) * 100) / 100;
  }
  return { sum, free: free.map((sku) => \`free: \${sku}\`) };
}
`;

const LONG = `import { definePlugin } from 'hookline/sdk';
${Array.from({ length: 270 }, (_, n) => part(n)).join('')}
export default definePlugin({
  name: 'long', version: '1.0.0', author: 'a', description: 'd',
  tools: {
    run: {
      description: 'd',
      parameters: { type: 'object' },
      execute: () => ({ success: true, data: total269({ id: 'a', lines: [{ sku: 'de', count: 2, price: 10 }] }).sum }),
    },
  },
});
`;

test('a source of nearly all the tokens that there may be', async () => {
  await using sandbox = await openSandbox();
  const source = { name: 'long', language: 'ts', text: LONG } as const;
  const result = await sandbox.compile(source);
  if (!result.success) throw new Error(JSON.stringify(result));
  expect(await run(await openPlugin(sandbox, result.compiled))).toMatchObject({ success: true, value: { data: 23.8 } });

  // It is as long as is said here: a fifth more is too much.
  const more = Array.from({ length: 54 }, (_, n) => part(1_000 + n)).join('');
  const refused = await sandbox.compile({ ...source, text: LONG + more });
  expect(refused).toMatchObject({ success: false, problem: { findings: [{ rule: 'source-too-large' }] } });
  expect(Buffer.byteLength(LONG + more)).toBeLessThan(SANDBOX_LIMITS.sourceBytes.max);
});
