/**
 * Regular expressions of plugin authors, which this process runs: only what V8's linear engine can match, so that no
 * text can make one slow. Back-references, look-aheads and large counts need the backtracking one and are refused.
 */
import { setFlagsFromString } from 'node:v8';

// The flag lets a regular expression ask for the engine with `l`; it then fails to compile instead of falling back.
setFlagsFromString('--enable-experimental-regexp-engine');

const LINEAR = 'l';

/** Throws what makes the pattern unusable, as a sentence's end: "…". */
export function linearPattern(pattern: string): RegExp {
  // Without the `u` flag, which the engine does not have, these would silently mean something else.
  if (/\\[pP]\{|\\u\{/.test(pattern)) throw new SyntaxError('uses \\p{…} or \\u{…}, which are not supported here');
  try {
    return new RegExp(pattern, LINEAR);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!reason.endsWith('linear time'))
      throw new SyntaxError(`is not a regular expression: ${reason}`, { cause: error });
    throw new SyntaxError(
      'cannot be matched in linear time; leave out look-aheads, back-references and large counts (maxLength counts too)',
      { cause: error },
    );
  }
}
