/**
 * The isolate's one way out: a single function of the runner's that takes strings. What goes through it is counted here,
 * where it is cheap, and the runner counts again.
 */
import type { Json } from '../../json/json.ts';
import { charCode } from './intrinsics.ts';

/**
 * What an isolate tells the runner: a call's late answer, something that it asks of the host, a log line, progress, a part of
 * its result, a timer to set or to forget, or that a budget is used up: of calls to the host, or of `progress`. The id is the call's; of a timer it is its own, and the text begins with
 * the call's.
 */
export type HostMessage = 'answer' | 'ask' | 'log' | 'progress' | 'part' | 'timer' | 'clear' | 'budget';
export type HostFunction = (message: HostMessage, id: number, text: string) => void;

export interface GuestLimits {
  readonly outputBytes: number;
  readonly inputBytes: number;
  readonly logBytes: number;
  readonly progressBytes: number;
  readonly hostCalls: number;
}

/** One call, or the loading, or the unloading: whose budgets are used, and who answers for what runs. */
export interface Work {
  readonly id: number;
  hostCallsLeft: number;
  logCharsLeft: number;
  progressCharsLeft: number;
  /** It is answered. What it left behind, such as an interval, lives on what all such things share from one call to the next. */
  ended: boolean;
}

type LogLevel = 'debug' | 'info' | 'warn' | 'error';

// Captured before a plugin's text runs, so that what it replaces changes only its own code.
const { stringify } = JSON;
const { apply } = Reflect;
const { slice } = String.prototype;
const toText = String;

let tellLater: HostFunction = () => {};
let tellNow = tellLater;
let host = tellLater;
let limits: GuestLimits = { outputBytes: 0, inputBytes: 0, logBytes: 0, progressBytes: 0, hostCalls: 0 };
/** What the runner came in for. Nothing else runs until it comes again, so all that happens meanwhile is of this. */
let current: Work = { id: 0, hostCallsLeft: 0, logCharsLeft: 0, progressCharsLeft: 0, ended: true };
let leftovers: Work | undefined;

/** `now` waits until it is heard, which only what runs on the runner's own thread may do; `later` waits for nothing. */
export function connect(later: HostFunction, now: HostFunction, guestLimits: GuestLimits): void {
  [tellLater, tellNow] = [later, now];
  limits = guestLimits;
  enter(newWork(0));
}

/** With full budgets. */
export function newWork(id: number): Work {
  leftovers = undefined;
  return fullBudgets(id);
}

function payerOf(work: Work): Work {
  return work.ended ? (leftovers ??= fullBudgets(0)) : work;
}

function fullBudgets(id: number): Work {
  return {
    id,
    hostCallsLeft: limits.hostCalls,
    logCharsLeft: limits.logBytes,
    progressCharsLeft: limits.progressBytes,
    ended: false,
  };
}

/** Until the runner comes in the next time; `onRunnersThread`: it is on its own thread. */
export function enter(work: Work, onRunnersThread = false): void {
  current = work;
  host = onRunnersThread ? tellNow : tellLater;
}

export function currentWork(): Work {
  return current;
}

/** Hands a late answer over; it costs no budget, since each call has one. */
export function sendAnswer(id: number, text: string): void {
  host('answer', id, text);
}

/**
 * Throws when the plugin has called the host too often in this work; the runner then ends the instance, whatever the plugin
 * does next. `id`: of the work, unless the message has ids of its own.
 */
export function sendCounted(message: HostMessage, text: string, work: Work = current, id: number = work.id): void {
  const payer = payerOf(work);
  if (payer.hostCallsLeft <= 0) {
    if (payer.hostCallsLeft-- === 0) host('budget', work.id, 'calls');
    throw new RangeError('This plugin called its host too often.');
  }
  payer.hostCallsLeft -= 1;
  host(message, id, text);
}

/** Costs no budget: there is one at most for each timer that was set. */
export function sendClear(timer: number): void {
  host('clear', timer, '');
}

export function outputLimit(): number {
  return limits.outputBytes;
}

export function inputLimit(): number {
  return limits.inputBytes;
}

/** The longest part of a result, as JSON. Those who follow a call get it whole. */
const PART_MAX_BYTES = 65_536;

export function progress(work: Work, data: Json): void {
  tell('progress', work, data, limits.outputBytes);
}

/** Shares the budget of progress. */
export function part(work: Work, data: Json): void {
  tell('part', work, data, PART_MAX_BYTES);
}

function tell(message: 'progress' | 'part', work: Work, data: Json, maxBytes: number): void {
  const what = message === 'part' ? 'A part' : 'Progress';
  const text = stringify(data);
  if (text === undefined) throw new TypeError(`${what} is JSON data.`);
  if (text.length > maxBytes || isLongerInBytes(text, maxBytes)) throw new RangeError(`${what} is too large.`);
  const payer = payerOf(work);
  // What is told waits outside of this heap until it is heard.
  if (text.length > payer.progressCharsLeft) {
    if (payer.progressCharsLeft >= 0) host('budget', work.id, 'progress');
    payer.progressCharsLeft = -1;
    throw new RangeError('This plugin told too much progress.');
  }
  payer.progressCharsLeft -= text.length;
  sendCounted(message, text, work);
}

/** In UTF-8, of which a character has three bytes at most, and of a pair of surrogates each half two. */
function isLongerInBytes(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false;
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = charCode(text, index);
    if (code >= 0x80) bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return bytes > maxBytes;
}

/** Beyond its budget a log line is dropped; the first one dropped leaves a mark. */
export function log(level: LogLevel, message: unknown, fields?: unknown): void {
  const { id } = current;
  const payer = payerOf(current);
  if (payer.logCharsLeft <= 0) return;
  const line = logLine(level, message, fields);
  payer.logCharsLeft -= line.length;
  host('log', id, payer.logCharsLeft < 0 ? CUT : line);
}

const CUT = stringify({ level: 'warn', message: 'The log of this call was cut: it was too long.' });

function logLine(level: LogLevel, message: unknown, fields: unknown): string {
  const text = cut(typeof message === 'string' ? message : toText(message), limits.logBytes);
  if (typeof fields !== 'object' || fields === null) return stringify({ level, message: text });
  try {
    return stringify({ level, message: text, fields });
  } catch {
    return stringify({ level, message: text });
  }
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${apply(slice, text, [0, length])}…`;
}
