/**
 * The isolate's one way out: a single function of the runner's that takes strings. What goes through it is counted here,
 * where it is cheap, and the runner counts again.
 */
import type { Json } from '../../json/json.ts';

/** What an isolate tells the runner: a call's late answer, a log line, progress, a timer to set, or that a budget is used up. */
export type HostMessage = 'answer' | 'log' | 'progress' | 'timer' | 'budget';
export type HostFunction = (message: HostMessage, id: number, text: string) => void;

export interface GuestLimits {
  readonly outputBytes: number;
  readonly logBytes: number;
  readonly hostCalls: number;
}

type LogLevel = 'debug' | 'info' | 'warn' | 'error';

// Captured before a plugin's text runs, so that what it replaces changes only its own code.
const { stringify } = JSON;
const { apply } = Reflect;
const { slice } = String.prototype;
const toText = String;

let host: HostFunction = () => {};
let limits: GuestLimits = { outputBytes: 0, logBytes: 0, hostCalls: 0 };
let hostCallsLeft = 0;
let logCharsLeft = 0;

export function connect(hostFunction: HostFunction, guestLimits: GuestLimits): void {
  host = hostFunction;
  limits = guestLimits;
  refill();
}

/** Each call begins with full budgets. */
export function refill(): void {
  hostCallsLeft = limits.hostCalls;
  logCharsLeft = limits.logBytes;
}

/** Hands a late answer over; it costs no budget, since each call has one. */
export function sendAnswer(id: number, text: string): void {
  host('answer', id, text);
}

/** Throws when the plugin has called the host too often; the runner then ends the instance, whatever the plugin does next. */
export function sendCounted(message: HostMessage, id: number, text: string): void {
  if (hostCallsLeft <= 0) {
    // Only progress belongs to a call; what else used the budget up is nobody's in particular.
    if (hostCallsLeft-- === 0) host('budget', message === 'progress' ? id : 0, '');
    throw new RangeError('This plugin called its host too often.');
  }
  hostCallsLeft -= 1;
  host(message, id, text);
}

export function outputLimit(): number {
  return limits.outputBytes;
}

export function progress(id: number, data: Json): void {
  const text = stringify(data);
  if (text === undefined) throw new TypeError('Progress is JSON data.');
  if (text.length > limits.outputBytes) throw new RangeError('Progress is too large.');
  sendCounted('progress', id, text);
}

/** Beyond its budget a log line is dropped; the first one dropped leaves a mark. */
export function log(level: LogLevel, message: unknown, fields?: unknown): void {
  if (logCharsLeft <= 0) return;
  const line = logLine(level, message, fields);
  logCharsLeft -= line.length;
  host(
    'log',
    0,
    logCharsLeft < 0 ? stringify({ level: 'warn', message: 'The log of this call was cut: it was too long.' }) : line,
  );
}

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
