/** The fenced blocks of a Markdown page. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** The line of its first line, from 1. */
  readonly line: number;
}

export function codeBlocks(page: string): readonly CodeBlock[] {
  return [...page.matchAll(/^```(\w*)[^\n]*\n([^]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    line: page.slice(0, match.index).split('\n').length + 1,
  }));
}

/** Those of one language. */
export function blocksIn(page: string, language: string): readonly CodeBlock[] {
  return codeBlocks(page).filter((block) => block.language === language);
}
