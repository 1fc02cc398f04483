import { InvalidArgumentError } from 'commander';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const LONGEST_S = 366 * SECONDS.d;

/** Seconds of `90s`, `30m`, `8h` or `7d`, from one second to a year. */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * SECONDS[(unit ?? 's') as keyof typeof SECONDS];
  if (!(seconds >= 1 && seconds <= LONGEST_S)) {
    throw new InvalidArgumentError('It is a whole number with a unit, from 1s to 366d, such as 90s, 30m, 8h or 7d.');
  }
  return seconds;
}
