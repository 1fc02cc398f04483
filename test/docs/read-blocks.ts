/** The code blocks of a markdown file, with what the info string says of them: ```ts plugin=greeter. */
export interface CodeBlock {
  readonly language: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly code: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

export function readBlocks(markdown: string): CodeBlock[] {
  return Array.from(markdown.matchAll(/^```(\S*)([^\n]*)\n([^]*?)^```$/gm), (match) => {
    const [, language = '', info = '', code = ''] = match;
    const labels = info.trim().split(/\s+/).filter(Boolean);
    return {
      language,
      labels: new Map(labels.map((label): [string, string] => [label.split('=')[0] ?? '', label.split('=')[1] ?? ''])),
      code,
      line: markdown.slice(0, match.index).split('\n').length,
    };
  });
}
