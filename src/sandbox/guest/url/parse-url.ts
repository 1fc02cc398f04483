/** The parser of the URL standard as its table of states. https://url.spec.whatwg.org/#concept-basic-url-parser */
import { charCode, slice } from '../intrinsics.ts';
import { authority, host, port } from './authority-states.ts';
import { file, fileHost, fileSlash } from './file-states.ts';
import type { Parsing, State, Step } from './parsing.ts';
import { fragment, opaquePath, path, pathStart, query } from './path-states.ts';
import {
  pathOrAuthority,
  relative,
  relativeSlash,
  specialAuthorityIgnoreSlashes,
  specialAuthoritySlashes,
  specialRelativeOrAuthority,
} from './relative-states.ts';
import { noScheme, scheme, schemeStart } from './scheme-states.ts';
import { newUrlRecord, type UrlRecord } from './url-record.ts';

const STATES = {
  schemeStart,
  scheme,
  noScheme,
  specialRelativeOrAuthority,
  pathOrAuthority,
  relative,
  relativeSlash,
  specialAuthoritySlashes,
  specialAuthorityIgnoreSlashes,
  authority,
  host,
  hostname: host,
  port,
  file,
  fileSlash,
  fileHost,
  pathStart,
  path,
  opaquePath,
  query,
  fragment,
} as const satisfies Record<State, (p: Parsing, c: string) => Step>;

/** `text` is well formed. Undefined when it is no URL. */
export function parseUrl(text: string, base: UrlRecord | null): UrlRecord | undefined {
  const url = newUrlRecord();
  let start = 0;
  let end = text.length;
  while (start < end && charCode(text, start) <= 0x20) start += 1;
  while (end > start && charCode(text, end - 1) <= 0x20) end -= 1;
  return run(slice(text, start, end), url, base, 'schemeStart', null) ? url : undefined;
}

/** For a setter: reads `text` from a state on, into the record. False when it is refused; the record may be half changed. */
export function parseInto(url: UrlRecord, text: string, override: State): boolean {
  return run(text, url, null, override, override);
}

function run(text: string, url: UrlRecord, base: UrlRecord | null, state: State, override: State | null): boolean {
  const input = withoutTabsAndLines(text);
  const p: Parsing = {
    input,
    url,
    base,
    override,
    state,
    at: 0,
    buffer: '',
    atSeen: false,
    insideBrackets: false,
    passwordSeen: false,
  };
  for (; p.at <= input.length; p.at += 1) {
    const step = STATES[p.state](p, input[p.at] ?? '');
    if (step !== undefined) return step === 'stop';
  }
  return true;
}

function withoutTabsAndLines(text: string): string {
  let kept = '';
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = charCode(text, index);
    if (code !== 9 && code !== 10 && code !== 13) continue;
    kept += slice(text, from, index);
    from = index + 1;
  }
  return from === 0 ? text : kept + slice(text, from);
}
