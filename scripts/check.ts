/**
 * Everything a change must pass beside the tests: format, lint, types, that what is printed from the code and
 * committed is up to date, and that no name of the schema went away. With --fix, repairs what can be repaired. All checks run, also after one has failed.
 */
import { spawnSync } from 'node:child_process';

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly fix?: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  {
    name: 'format',
    command: ['prettier', '--check', '--log-level', 'warn', '.'],
    fix: ['prettier', '--write', '--log-level', 'warn', '.'],
  },
  {
    name: 'lint',
    command: ['eslint', '--max-warnings', '0', '.'],
    fix: ['eslint', '--max-warnings', '0', '--fix', '.'],
  },
  { name: 'types', command: ['tsc', '--project', '.'] },
  {
    name: 'schema.graphql',
    command: ['node', 'src/schema/print-schema.ts', '--check'],
    fix: ['node', 'src/schema/print-schema.ts'],
  },
  {
    name: 'client operations',
    command: ['graphql-codegen', '--config', 'codegen.client.ts', '--silent', '--check'],
    fix: ['graphql-codegen', '--config', 'codegen.client.ts', '--silent'],
  },
  { name: 'schema contract', command: ['node', 'scripts/check-contract.ts'] },
];

const fix = process.argv.includes('--fix');
const failed = CHECKS.filter((check) => {
  const started = performance.now();
  const [program, ...args] = (fix && check.fix) || check.command;
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? '✓' : '✗'} ${check.name.padEnd(20)} ${seconds} s`);
  return status !== 0;
});
if (failed.length > 0) {
  console.error(
    `\nFailed: ${failed.map((check) => check.name).join(', ')}.${fix ? '' : ' npm run fix repairs what can be repaired.'}`,
  );
  process.exitCode = 1;
}
