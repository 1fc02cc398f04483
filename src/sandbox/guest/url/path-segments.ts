/** The segments of a path: dots, and the drive letters of Windows. */
import { lowerCase, slice } from '../intrinsics.ts';
import { isAlpha } from './parsing.ts';
import type { UrlRecord } from './url-record.ts';

/** 1 for `.`, 2 for `..`, also where they are encoded; else 0. */
export function dotsOf(segment: string): 0 | 1 | 2 {
  let dots = 0;
  for (let index = 0; index < segment.length; index += 1, dots += 1) {
    if (dots === 2) return 0;
    if (segment[index] === '.') continue;
    if (lowerCase(slice(segment, index, index + 3)) !== '%2e') return 0;
    index += 2;
  }
  return dots === 1 || dots === 2 ? dots : 0;
}

export function shorten(url: UrlRecord): void {
  const segments = url.path;
  if (typeof segments === 'string' || segments.length === 0) return;
  if (url.scheme === 'file' && segments.length === 1 && isDrive(segments[0] ?? '', ':')) return;
  segments.length -= 1;
}

export function addSegment(url: UrlRecord, segment: string): void {
  if (typeof url.path !== 'string') url.path[url.path.length] = segment;
}

/** A Windows drive letter: a letter and one of `marks`. */
export function isDrive(text: string, marks: ':' | ':|'): boolean {
  return text.length === 2 && isAlpha(text[0] ?? '') && (text[1] === ':' || (marks === ':|' && text[1] === '|'));
}

export function startsWithDrive(input: string, at: number): boolean {
  const after = input[at + 2] ?? '';
  const ends = after === '' || after === '/' || after === '\\' || after === '?' || after === '#';
  return ends && isDrive(slice(input, at, at + 2), ':|');
}
