/** The fenced blocks of a Markdown page. */
export interface CodeBlock {
  readonly language: string;
  /** What follows the language on the fence's line. */
  readonly info: string;
  /** `info` as `name=value` pairs. */
  readonly labels: ReadonlyMap<string, string>;
  readonly text: string;
  /** The line of its first line, from 1. */
  readonly line: number;
  /** The prose between the block before it and this one. */
  readonly before: string;
}

export function codeBlocks(page: string): readonly CodeBlock[] {
  let end = 0;
  return [...page.matchAll(/^```(\w*)([^\n]*)\n([^]*?)^```$/gm)].map((match) => {
    const [whole, language = '', info = '', text = ''] = match;
    const before = page.slice(end, match.index);
    end = match.index + whole.length;
    return {
      language,
      info: info.trim(),
      labels: labelsOf(info),
      text,
      line: page.slice(0, match.index).split('\n').length + 1,
      before,
    };
  });
}

function labelsOf(info: string): ReadonlyMap<string, string> {
  const pairs = info.split(/\s+/).map((label): [string, string] => {
    const [name = '', value = ''] = label.split('=');
    return [name, value];
  });
  return new Map(pairs.filter(([name]) => name !== ''));
}

/** Those of one language. */
export function blocksIn(page: string, language: string): readonly CodeBlock[] {
  return codeBlocks(page).filter((block) => block.language === language);
}

/** The part of a page from a heading of the second level to the next. */
export function section(page: string, heading: string): string {
  const start = page.indexOf(`\n## ${heading}\n`);
  if (start === -1) throw new Error(`There is no section "${heading}".`);
  const next = page.indexOf('\n## ', start + 1);
  return page.slice(start, next === -1 ? undefined : next);
}
