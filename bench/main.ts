/** `npm run bench`: measures Hookline beside what a reader could pick instead, in the same run. `--help` tells the rest. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { BenchOptions, Suite } from './frame/contest.ts';
import { describeMachine, renderMachine } from './frame/describe-machine.ts';
import { renderContest } from './frame/render-contest.ts';
import { runContest, type ContestResult } from './frame/run-contest.ts';
import { eventsSuite } from './suites/events.ts';
import { hooksSuite } from './suites/hooks.ts';
import { httpSuite } from './suites/http.ts';
import { journalSuite } from './suites/journal.ts';
import { sandboxSuite } from './suites/sandbox.ts';
import { startSuite } from './suites/start.ts';

/** The events suite has the hooks in it. */
const ALL: readonly Suite[] = [sandboxSuite, httpSuite, journalSuite, eventsSuite, startSuite];
const SUITES: readonly Suite[] = [...ALL, hooksSuite];

const HELP = `npm run bench [-- SUITE ... --quick --rounds N --sample-ms N --json FILE]

Suites: ${SUITES.map(({ name }) => name).join(', ')} (a part of events); none named, all of them.

  --quick         3 rounds of 200 ms: to see that it works, not to quote
  --rounds N      samples of each contestant, default 9; the table shows their median and range
  --sample-ms N   length of a sample that counts calls, default 1000
  --json FILE     writes the results, with the machine, as JSON
`;

const OPTIONS = {
  quick: { type: 'boolean' },
  rounds: { type: 'string' },
  'sample-ms': { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const wanted = readArguments();
  if ('message' in wanted) {
    (wanted.code === 0 ? console.log : console.error)(wanted.message);
    return wanted.code;
  }
  const machine = describeMachine();
  console.log(`${renderMachine(machine)}; ${wanted.options.rounds} rounds\n`);
  const results: ContestResult[] = [];
  for (const suite of wanted.suites) results.push(...(await runSuite(suite, wanted.options)));
  if (wanted.json !== undefined) {
    await writeFile(wanted.json, `${JSON.stringify({ machine, ...wanted.options, results }, null, 2)}\n`);
  }
  return 0;
}

async function runSuite(suite: Suite, options: BenchOptions): Promise<readonly ContestResult[]> {
  const results: ContestResult[] = [];
  for (const contest of suite.contests(options)) {
    const result = await runContest(contest, options, (name, round) =>
      showProgress(`${suite.name}: ${name}, ${round === 0 ? 'warm-up' : `round ${round} of ${options.rounds}`}`),
    );
    showProgress('');
    console.log(`${renderContest(result)}\n`);
    results.push(result);
  }
  return results;
}

/** One line that is written over, where somebody watches. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

type Wanted =
  | { readonly suites: readonly Suite[]; readonly options: BenchOptions; readonly json: string | undefined }
  | { readonly message: string; readonly code: number };

function readArguments(): Wanted {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    if (values.help) return { message: HELP, code: 0 };
    const suites = positionals.length === 0 ? ALL : positionals.map(findSuite);
    const [rounds, sampleMs] = values.quick ? [3, 200] : [9, 1_000];
    const options = {
      rounds: readNumber('--rounds', values.rounds, rounds),
      sampleMs: readNumber('--sample-ms', values['sample-ms'], sampleMs),
      quick: values.quick ?? false,
    };
    return { suites, options, json: values.json };
  } catch (error) {
    return { message: `${error instanceof Error ? error.message : String(error)}\n\n${HELP}`, code: 1 };
  }
}

function findSuite(name: string): Suite {
  const suite = SUITES.find((candidate) => candidate.name === name);
  if (!suite) throw new Error(`There is no suite "${name}".`);
  return suite;
}

function readNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${name} is "${text}"; it must be a whole number from 1.`);
  return Number(text);
}
