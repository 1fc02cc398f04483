import { section } from './code-blocks.ts';

/** The rows of the first table in a section of a Markdown page, without its head: cells as text. */
export function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
  const lines = section(page, heading).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const after = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  const table = lines.slice(first, after === -1 ? undefined : after);
  return table.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
