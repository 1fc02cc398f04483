/** Text as a column that is indexed and compared keeps it. */

const INDEXED_MAX_CHARS = 255;

/**
 * At most 255 characters (an index entry has a size limit, and one event must not fail the batch it is written in),
 * without what PostgreSQL's text cannot hold. Filters pass through here too, so that they still find what was stored.
 */
export function indexedText(text: string): string {
  return text.slice(0, INDEXED_MAX_CHARS).replaceAll('\0', '\uFFFD').toWellFormed();
}
