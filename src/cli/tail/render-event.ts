/** One line for each event, in columns: when, of what kind, who, what it came to, how long it took, and what else is known. */
import { styleText } from 'node:util';
import type { HooklineEvent } from '../../client/index.ts';
import { cellsOf } from './event-cells.ts';
import { cutText, safeText } from './safe-text.ts';

export interface RenderOptions {
  readonly colours: boolean;
}

/** Characters of a line, colours not counted. */
export const TAIL_LINE_MAX_CHARS = 240;

const WIDTHS = { kind: 7, subject: 18, outcome: 10, duration: 10 };

const COLOURS = {
  SUCCEEDED: 'green',
  ENABLED: 'green',
  RECOVERED: 'green',
  STARTED: 'blue',
  MODIFIED: 'yellow',
  RESPONDED: 'cyan',
  CONFIG_UPDATED: 'yellow',
  DISABLED: 'yellow',
  CANCELLED: 'yellow',
  BLOCKED: 'red',
  FAILED: 'red',
} as const satisfies Record<string, Parameters<typeof styleText>[0]>;

export function renderEvent(event: HooklineEvent, { colours }: RenderOptions): string {
  const { kind, subject, outcome, durationMs, details } = cellsOf(event);
  const duration = typeof durationMs === 'number' ? `${durationMs.toFixed(1)} ms` : '';
  const before = `${clock(event.occurredAt)}  ${kind.padEnd(WIDTHS.kind)}  ${safeText(subject).padEnd(WIDTHS.subject)}  `;
  const word = outcome.padEnd(WIDTHS.outcome);
  const rest = [duration.padStart(WIDTHS.duration), ...details.flatMap((detail) => (detail ? [safeText(detail)] : []))];
  const after = cutText(
    `  ${rest.join('  ')}`,
    Math.max(TAIL_LINE_MAX_CHARS - before.length - word.length, 1),
  ).trimEnd();
  const colour = Object.entries(COLOURS).find(([name]) => name === outcome)?.[1];
  const shown = colours && colour ? styleText(colour, word, { validateStream: false }) : word;
  return `${cutText(before, TAIL_LINE_MAX_CHARS)}${after ? shown : shown.trimEnd()}${after}`;
}

/** In the time of whoever looks: `18:57:02.123`. */
function clock(occurredAt: string): string {
  const time = new Date(occurredAt);
  const two = (value: number) => String(value).padStart(2, '0');
  const milliseconds = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${milliseconds}`;
}
