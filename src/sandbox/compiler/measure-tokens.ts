/**
 * Counts tokens and bracket depth without parsing, so that a bomb is refused before the parser meets it. It need not be
 * exact (whether a slash divides or opens a pattern is guessed from the token before); the parsed tree is counted again.
 */
export interface TokenMeasure {
  readonly tokens: number;
  readonly bracketDepth: number;
  /** Where the depth was reached. */
  readonly deepestAt: number;
}

const KINDS = ['space', 'comment', 'word', 'string', 'open', 'close', 'template', 'slash', 'mark'] as const;
type Kind = (typeof KINDS)[number];
const TOKEN = new RegExp(
  [
    '(\\s+)',
    '(//[^\\n]*|/\\*[^]*?(?:\\*/|$))',
    '([\\p{ID_Continue}$#@\\\\]+)',
    '("(?:[^"\\\\\\n]|\\\\[^])*"?|\'(?:[^\'\\\\\\n]|\\\\[^])*\'?)',
    '([([{])',
    '([)\\]}])',
    '(`)',
    '(/)',
    '(=>|\\.\\.\\.|\\?\\.|\\?\\?=?|&&=?|\\|\\|=?|\\*\\*=?|[=!]==?|\\+\\+|--|[-+*%&|^<>]=|[^])',
  ].join('|'),
  'yu',
);
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{|$)/y;
const PATTERN = /\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y;
const VALUE_BEFORE = /^[)\]}\p{ID_Continue}$'"`]/u;
const WORD_BEFORE_PATTERN = /^(?:return|typeof|case|in|of|delete|void|throw|new|do|else|await|yield|instanceof)$/;

/** Stops counting beyond `maxTokens`. */
export function measureTokens(text: string, maxTokens: number): TokenMeasure {
  let tokens = 0;
  let bracketDepth = 0;
  let deepestAt = 0;
  let before = '';
  // One entry per open bracket: true for the `${` of a template, whose text goes on after its end.
  const open: boolean[] = [];
  const enter = (isTemplate: boolean, at: number) => {
    open.push(isTemplate);
    if (open.length > bracketDepth) [bracketDepth, deepestAt] = [open.length, at];
  };
  for (let at = 0; at < text.length && tokens <= maxTokens;) {
    const { kind, token } = readToken(text, at, before);
    at += token.length;
    if (kind === 'space') continue;
    tokens += 1;
    if (kind === 'comment') continue;
    before = token;
    if (kind === 'open') enter(false, at - 1);
    if (kind === 'template' || (kind === 'close' && open.pop())) {
      const [part = '', end = ''] = matchAt(TEMPLATE_PART, text, at) ?? [];
      at += part.length;
      before = end === '${' ? '{' : '`';
      if (end === '${') enter(true, at - 2);
    }
  }
  return { tokens, bracketDepth, deepestAt };
}

function readToken(text: string, at: number, before: string): { kind: Kind; token: string } {
  const match = matchAt(TOKEN, text, at);
  const token = match?.[0] ?? text.charAt(at);
  const group = match?.findIndex((part, index) => index > 0 && part !== undefined) ?? 0;
  const kind = KINDS[group - 1] ?? 'mark';
  return kind === 'slash' ? { kind: 'mark', token: readSlash(text, at, before) } : { kind, token };
}

function readSlash(text: string, at: number, before: string): string {
  const divides = VALUE_BEFORE.test(before) && !WORD_BEFORE_PATTERN.test(before);
  return (divides ? null : matchAt(PATTERN, text, at)?.[0]) ?? '/';
}

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}
