/** Keeps personal data from tools and from answers: replaces it in tool parameters and in what a run puts out. */
import { definePlugin, type Json, type JsonObject } from 'hookline/sdk';

interface Kind {
  readonly pattern: RegExp;
  /** Tells the real thing from what only looks like it. */
  readonly isReal?: (match: string) => boolean;
}

// In this order: an IBAN or a card holds what could pass for a phone number.
const KINDS = new Map<string, Kind>([
  ['email', { pattern: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g }],
  ['iban', { pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, isReal: hasIbanChecksum }],
  ['card', { pattern: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, isReal: hasLuhnChecksum }],
  ['phone', { pattern: /(?<!\w)(?:\+\d(?:[ ().-]{0,2}\d){6,14}|(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4})(?!\w)/g }],
]);

export default definePlugin({
  name: 'pii-redactor',
  version: '1.0.0',
  author: 'Hookline',
  description:
    'Replaces e-mail addresses, phone numbers, card numbers and IBANs in tool parameters and in the output of runs.',
  configSchema: {
    type: 'object',
    properties: {
      kinds: {
        type: 'array',
        items: { enum: [...KINDS.keys()] },
        uniqueItems: true,
        default: [...KINDS.keys()],
        description: 'What to replace.',
      },
      replacement: {
        type: 'string',
        maxLength: 100,
        default: '[{kind}]',
        description: 'What to put there; {kind} becomes the kind, such as email.',
      },
    },
    additionalProperties: false,
  },
  hooks: {
    // Early, so that no other plugin sees the data; closed, because what is not redacted must not go on;
    // confidential, so that the journal does not keep what was taken out.
    BEFORE_TOOL_CALL: {
      priority: 10,
      onFailure: 'closed',
      confidential: true,
      handle: (data, { config }) => ({ ...data, params: redact(data.params, config) }),
    },
    AFTER_AGENT_RUN: {
      priority: 10,
      onFailure: 'closed',
      confidential: true,
      handle: (data, { config }) => ({ ...data, output: redact(data.output, config) }),
    },
  },
});

/** Every text inside the value, keys left alone. */
function redact(value: Json | undefined, config: JsonObject): Json {
  if (typeof value === 'string') return redactText(value, config);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (Array.isArray(value)) return value.map((item: Json) => redact(item, config));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, config)]));
}

function redactText(text: string, config: JsonObject): string {
  const chosen = Array.isArray(config.kinds) ? config.kinds : [];
  let redacted = text;
  for (const [name, { pattern, isReal }] of KINDS) {
    if (!chosen.includes(name)) continue;
    const replacement = textOf(config.replacement).replaceAll('{kind}', name);
    redacted = redacted.replace(pattern, (match) => (isReal && !isReal(match) ? match : replacement));
  }
  return redacted;
}

/** The host has checked the config against its schema; this tells the type checker. */
function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** ISO/IEC 7812-1, annex B. */
function hasLuhnChecksum(text: string): boolean {
  const digits = Array.from(text.replace(/\D/g, ''), Number).reverse();
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** ISO 13616-1: the first four characters go to the end, letters become numbers, and the rest by 97 is 1. */
function hasIbanChecksum(text: string): boolean {
  const iban = text.replaceAll(' ', '');
  const digits = Array.from(iban.slice(4) + iban.slice(0, 4), (character) => parseInt(character, 36)).join('');
  return Array.from(digits).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}
