import type { AttackCase } from '../harness/attack-case.ts';
import { legal, refused } from '../harness/case-rows.ts';

/** What the plugins of a case may leave in the server's log. */
const MAX_LOG_CHARS = 100_000;

const logIsShort: NonNullable<AttackCase['check']> = ({ log }) => {
  const chars = log.reduce((sum, line) => sum + line.length, 0);
  return chars <= MAX_LOG_CHARS ? undefined : `the log grew by ${chars} characters`;
};

export const ASYNC_CASES = [
  ...legal('async', [
    [
      'A098',
      'a rejection that nobody handles',
      "setTimeout(() => Promise.reject(new Error('late')), 5); return ok(1);",
      'OK',
    ],
    ['A098b', 'a rejection at once', "Promise.reject(new Error('now')); return ok(1);", ['OK', 'PLUGIN_ERROR']],
    [
      'A098c',
      'many rejections',
      "for (let i = 0; i < 1e4; i += 1) Promise.reject(new Error('many')); return ok(1);",
      ['OK', 'PLUGIN_ERROR'],
    ],
    [
      'A098d',
      'a rejection in a getter of the reason',
      'Promise.reject({ get message() { for (;;); } }); return ok(1);',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
      { survives: false },
    ],
    ['A099', 'a timer that throws later', "setTimeout(() => { throw new Error('late'); }, 5); return ok(1);", 'OK'],
    [
      'A099b',
      'a loop after the answer',
      'setTimeout(() => { for (;;); }, 0); return ok(1);',
      'OK',
      { survives: false },
    ],
    [
      'A099c',
      'a search over 2^53 - 1 after the answer',
      'setTimeout(() => [].indexOf.call({ length: 2 ** 53 - 1 }, 1), 0); return ok(1);',
      'OK',
      { survives: false },
    ],
    [
      'A099d',
      'memory used up after the answer',
      'setTimeout(() => { const all = []; for (;;) all.push([{}]); }, 0); return ok(1);',
      'OK',
      { survives: false },
    ],
    [
      'A099e',
      'microtasks after the answer',
      'const again = () => { Promise.resolve().then(again); }; setTimeout(again, 0); return ok(1);',
      'OK',
      { survives: false },
    ],
    ['A099f', 'an interval after the answer', 'setInterval(() => {}, 1); return ok(1);', ['OK', 'PLUGIN_ERROR']],
    [
      'A099g',
      'settling twice',
      'return new Promise((resolve, reject) => { resolve(ok(1)); resolve(ok(2)); reject(new Error("no")); });',
      'OK',
      { check: ({ data }) => (data === 1 ? undefined : 'the second settled it') },
    ],
    [
      'A099h',
      'progress after the answer',
      'setTimeout(() => { for (let i = 0; i < 100; i += 1) context.progress(i); }, 5); return ok(1);',
      'OK',
    ],
    [
      'A099i',
      'a microtask loop while the answer is on its way',
      'queueMicrotask(() => { for (;;); }); return ok(1);',
      ['OK', 'TIMEOUT'],
      { survives: false },
    ],
  ]),
  ...legal('budget', [
    ['A100', 'progress without end', 'for (;;) context.progress(1);', 'HOST_CALL_BUDGET_EXCEEDED'],
    [
      'A100b',
      'progress without end, each caught',
      'for (;;) { try { context.progress(1); } catch {} }',
      ['HOST_CALL_BUDGET_EXCEEDED', 'TIMEOUT'],
    ],
    [
      'A100c',
      'progress without end, with pauses',
      'for (;;) { context.progress(1); await null; }',
      'HOST_CALL_BUDGET_EXCEEDED',
    ],
    [
      'A100d',
      'progress in many promises',
      'await Promise.all(Array.from({ length: 5_000 }, async (_, i) => context.progress(i))); return ok(1);',
      ['HOST_CALL_BUDGET_EXCEEDED', 'PLUGIN_ERROR'],
    ],
    [
      'A100e',
      'large progress',
      "for (let i = 0; i < 900; i += 1) context.progress('x'.repeat(2e5)); return ok(1);",
      ['OK', 'HOST_CALL_BUDGET_EXCEEDED', 'OUTPUT_LIMIT_EXCEEDED', 'PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A100f',
      'too large progress',
      "context.progress('x'.repeat(1e6)); return ok(1);",
      ['PLUGIN_ERROR', 'OUTPUT_LIMIT_EXCEEDED'],
    ],
    ['A100g', 'progress that is not JSON', 'context.progress(() => 1); return ok(1);', 'PLUGIN_ERROR'],
    [
      'A100h',
      'timers without number',
      'for (let i = 0; i < 1e6; i += 1) setTimeout(() => {}, 1); return ok(1);',
      ['PLUGIN_ERROR', 'HOST_CALL_BUDGET_EXCEEDED'],
    ],
    [
      'A100i',
      'timers set and cleared without end',
      'for (;;) clearTimeout(setTimeout(() => {}, 1));',
      ['HOST_CALL_BUDGET_EXCEEDED', 'PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A107',
      'a million log lines',
      "for (let i = 0; i < 1e6; i += 1) context.log.info('line ' + i); return ok(1);",
      ['OK', 'TIMEOUT'],
      { check: logIsShort },
    ],
    [
      'A107b',
      'a log line of 10 MB',
      "context.log.warn('x'.repeat(1e7)); return ok(1);",
      ['OK', 'MEMORY_LIMIT_EXCEEDED'],
      { check: logIsShort },
    ],
    [
      'A107c',
      'log fields of 10 MB',
      "context.log.info('x', { huge: 'x'.repeat(5e6) }); return ok(1);",
      ['OK', 'MEMORY_LIMIT_EXCEEDED', 'PLUGIN_ERROR'],
      { check: logIsShort },
    ],
    [
      'A107d',
      'console lines without end',
      "for (let i = 0; i < 1e5; i += 1) console.log('line', i, { i }); return ok(1);",
      ['OK', 'TIMEOUT'],
      { check: logIsShort },
    ],
    [
      'A107e',
      'log fields that hold themselves',
      "const o = {}; o.o = o; context.log.info('x', o); return ok(1);",
      'OK',
      { check: logIsShort },
    ],
    [
      'A107f',
      'log fields that loop',
      "context.log.info('x', { get a() { for (;;); } }); return ok(1);",
      'TIMEOUT',
      { check: logIsShort },
    ],
    [
      'A107g',
      'log lines after the answer',
      "setInterval(() => console.log('x'.repeat(1e3)), 1); return ok(1);",
      ['OK', 'PLUGIN_ERROR'],
      { check: logIsShort },
    ],
    [
      'A107h',
      'log lines of a hook',
      "for (let i = 0; i < 1e5; i += 1) context.log.error('line ' + i);",
      ['OK', 'TIMEOUT'],
      { by: 'hook', check: logIsShort },
    ],
    [
      'A107i',
      'log lines that are long in bytes only',
      "for (let i = 0; i < 1e4; i += 1) context.log.info('\\u20ac'.repeat(1e3)); return ok(1);",
      ['OK', 'TIMEOUT'],
      { check: logIsShort },
    ],
  ]),
  ...refused('isolation', [
    ['A111', 'a fine clock', 'return ok(performance.now());', 'unknown-global', 'PLUGIN_ERROR'],
  ]),
  ...legal('isolation', [
    [
      'A111b',
      'a clock finer than a millisecond',
      'const fine = []; for (let i = 0; i < 1e4; i += 1) { const now = Date.now(); if (now % 1 !== 0) fine.push(now); } return ok(fine.length);',
      'OK',
      { check: ({ data }) => (data === 0 ? undefined : 'the clock is fine') },
    ],
  ]),
];
