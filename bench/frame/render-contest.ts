/** A contest's result as a table in Markdown, which reads as well in a terminal as in a file. */
import type { Metric } from './contest.ts';
import type { ContestResult, Figure } from './run-contest.ts';

export function renderContest({ title, about, metrics, rows }: ContestResult): string {
  const header = ['', ...metrics.flatMap(({ title, bare }) => (bare ? [title, 'ratio'] : [title, 'range', 'ratio']))];
  const body = rows.map(({ name, figures }) => [name, ...metrics.flatMap((metric) => cellsOf(metric, figures))]);
  const widths = header.map((_, column) => Math.max(3, ...[header, ...body].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [`### ${title}`, '', about, '', line(header), rule, ...body.map(line)].join('\n');
}

function cellsOf({ key, unit, bare = false }: Metric, figures: Readonly<Record<string, Figure>>): readonly string[] {
  const figure = figures[key];
  if (!figure) return bare ? ['', ''] : ['', '', ''];
  const { median, min, max, ratio } = figure;
  const suffix = unit === '/s' || unit === '' ? unit : ` ${unit}`;
  const range = bare ? [] : [`${round(min)} - ${round(max)}`];
  return [`${round(median)}${suffix}`, ...range, `${round(ratio)} x`];
}

/** Three digits: more would say more than was measured. */
export function round(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
