import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const ATTACKS = 'test/attacks/**/*.test.ts';
// Processes that are started and killed, and limits of time: what else the machine does would show in them.
const TIMED = ['test/sandbox/**/*.test.ts', 'test/server/**/*.test.ts', 'test/client/**/*.test.ts'];
// Suites that only PostgreSQL can run; `npm run test:postgres` sets the variable and runs the database suites as well.
const LEFT_OUT = process.env['HOOKLINE_TEST_DATABASE_URL'] ? [] : ['test/**/*.postgres.test.ts'];

export default defineConfig({
  resolve: {
    alias: [
      { find: 'hookline/sdk', replacement: fileURLToPath(new URL('src/sdk/index.ts', import.meta.url)) },
      // Vite takes its "module" build where Node takes "main", and two copies of graphql refuse each other's types.
      { find: /^graphql$/, replacement: fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url)) },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [ATTACKS, ...TIMED, ...LEFT_OUT],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'timed',
          include: TIMED,
          exclude: LEFT_OUT,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      // After the others, because how long others must wait for an answer is what it measures.
      { extends: true, test: { name: 'attacks', include: [ATTACKS], maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
    // Processes, not threads: tests start children and end them by signal, and a native addon must not meet a worker thread.
    pool: 'forks',
    // A test may open the embedded database (1-3 s) and start sandbox processes, on a machine that does other things as well.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // What the developer's shell happens to hold must not decide what is tested.
    env: {
      NODE_ENV: 'test',
      HOOKLINE_DATA_DIR: '',
      HOOKLINE_PLUGINS_DIR: '',
      DATABASE_URL: '',
      REDIS_URL: '',
      HOOKLINE_JWT_SECRET: '',
      HOOKLINE_JWKS_URL: '',
    },
  },
});
