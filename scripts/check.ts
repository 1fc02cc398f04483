/**
 * Everything a change must pass beside the tests: format, lint, types, and that what is printed from the code and
 * committed is up to date. With --fix, repairs what can be repaired. All checks run, also after one has failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly fix?: readonly [string, ...string[]];
  /** The check begins with the file that does it. */
  readonly needs?: string;
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
    needs: 'scripts/print-schema.ts',
    command: ['node', 'scripts/print-schema.ts', '--check'],
    fix: ['node', 'scripts/print-schema.ts'],
  },
];

const fix = process.argv.includes('--fix');
const failed = CHECKS.filter((check) => check.needs === undefined || existsSync(check.needs)).filter((check) => {
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
