/** `If-Match` (RFC 9110, 13.1.1): the revision a write is for. */
import { HooklineError } from '../errors/hookline-error.ts';

const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/y;

export function toEtag(revision: number): string {
  return `"${revision}"`;
}

/**
 * The revision a write expects: null without a condition. `*` is met by whatever there is, and a config is always there.
 * Of several tags the one that is the current revision counts; a weak tag never matches.
 * @throws HooklineError INVALID_INPUT for what is no list of tags, CONFLICT when no tag is the current revision.
 */
export async function expectedRevision(
  ifMatch: string | undefined,
  current: () => Promise<number>,
): Promise<number | null> {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const tags = readTags(ifMatch);
  const [only] = tags;
  if (tags.length === 1 && only !== undefined && /^(0|[1-9]\d{0,8})$/.test(only)) return Number(only);
  const revision = await current();
  if (tags.includes(String(revision))) return revision;
  throw new HooklineError(
    'CONFLICT',
    `The config is at revision ${revision}, which If-Match does not name. Read it again, then write.`,
    {
      details: { revision },
    },
  );
}

/** What is in the quotes of each strong tag. */
function readTags(header: string): string[] {
  const tags: string[] = [];
  let at = 0;
  for (;;) {
    TAG.lastIndex = at;
    const match = TAG.exec(header);
    if (!match)
      throw new HooklineError(
        'INVALID_INPUT',
        'If-Match cannot be read. Send the ETag of the config as it was given, with its quotes.',
      );
    if (match[1] === undefined) tags.push(match[2] ?? '');
    at = TAG.lastIndex;
    if (at === header.trimEnd().length) return tags;
    const comma = /\s*,\s*/y;
    comma.lastIndex = at;
    if (!comma.test(header)) at = header.length;
    else at = comma.lastIndex;
  }
}
