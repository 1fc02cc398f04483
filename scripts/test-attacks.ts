/**
 * Runs the attacks in full: the corpus in both profiles, combinations drawn by lot, and the comparison with a plain isolate.
 * With UPDATE_DOCS=1 it also writes what it measured into docs/THREATS.md. Arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderMeasurements } from '../test/attacks/report/render-measurements.ts';
import { readRecord } from '../test/attacks/report/read-record.ts';

const DOCUMENT = new URL('../docs/THREATS.md', import.meta.url);

const folder = mkdtempSync(join(tmpdir(), 'hookline-attacks-'));
try {
  const attacks = join(folder, 'attacks.jsonl');
  const comparison = join(folder, 'comparison.jsonl');
  const { status } = spawnSync(
    'vitest',
    ['run', '--config', 'test/attacks/vitest.config.ts', ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, HOOKLINE_ATTACK_RECORD: attacks, HOOKLINE_COMPARISON_RECORD: comparison },
    },
  );
  process.exitCode = status ?? 1;
  const record = readRecord(attacks, comparison);
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(DOCUMENT, renderMeasurements(readFileSync(DOCUMENT, 'utf8'), record));
  }
  const retried = record.outcomes.filter((outcome) => outcome.retried).length;
  console.log(`${record.outcomes.length} attacks, of which ${retried} were too slow at first and were tried again.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
