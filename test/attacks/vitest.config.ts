/** The attacks in full, one file after the other, because most of them are timed. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

const { projects: _quick, ...test } = shared.test ?? {};

export default defineConfig({
  ...shared,
  root: fileURLToPath(new URL('../../', import.meta.url)),
  test: {
    ...test,
    include: ['test/attacks/**/*.attack.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
