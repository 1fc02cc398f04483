/** Which form of answer a request accepts, read as Yoga reads it. */
export type AnswerMediaType = 'application/json' | 'application/graphql-response+json';

/** Those that an asked-for type stands for; of two it is the plainer one. */
const MEANT = new Map<string, AnswerMediaType>([
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/*', 'application/json'],
  ['*/*', 'application/json'],
  ['*/json', 'application/json'],
  ['*/graphql-response+json', 'application/graphql-response+json'],
]);

/**
 * The first one named that can be given; weights do not count. Left out, it is `application/json`; null when there is none.
 * An entry with a charset that is not UTF-8 is passed over.
 */
export function readAccept(header: string | undefined): AnswerMediaType | null {
  for (const entry of (header || '*/*').toLowerCase().replace(/\s/g, '').split(',')) {
    const [asked = '', ...parameters] = entry.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    const [type, subtype] = asked.split('/');
    const meant = charset === undefined || charset === 'charset=utf-8' ? MEANT.get(`${type}/${subtype}`) : undefined;
    if (meant) return meant;
  }
  return null;
}
