/** Names and values as a query spells them (`application/x-www-form-urlencoded`). */
import { slice } from '../intrinsics.ts';
import { FORM, percentDecode, percentEncode } from './percent-encode.ts';

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** https://url.spec.whatwg.org/#concept-urlencoded-parser */
export function parseForm(query: string): Pair[] {
  const pairs: Pair[] = [];
  let name = '';
  let value: string | undefined;
  let from = 0;
  for (let index = 0; index <= query.length; index += 1) {
    const c = query[index];
    if (c === '=' && value === undefined) {
      name = slice(query, from, index);
      value = '';
      from = index + 1;
    }
    if (c !== '&' && index < query.length) continue;
    const rest = slice(query, from, index);
    const isEmpty = value === undefined && rest === '';
    if (!isEmpty) {
      pairs[pairs.length] =
        value === undefined
          ? { name: decodeForm(rest), value: '' }
          : { name: decodeForm(name), value: decodeForm(rest) };
    }
    value = undefined;
    from = index + 1;
  }
  return pairs;
}

function decodeForm(text: string): string {
  let plain = '';
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] !== '+') continue;
    plain += `${slice(text, from, index)} `;
    from = index + 1;
  }
  return percentDecode(plain + slice(text, from));
}

export function encodeForm(text: string): string {
  const encoded = percentEncode(text, FORM);
  let plus = '';
  let from = 0;
  for (let index = 0; index + 2 < encoded.length; index += 1) {
    if (encoded[index] !== '%' || encoded[index + 1] !== '2' || encoded[index + 2] !== '0') continue;
    plus += `${slice(encoded, from, index)}+`;
    from = index + 3;
  }
  return plus + slice(encoded, from);
}
