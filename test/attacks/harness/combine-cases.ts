/** One plugin that does what several cases do: one after the other, all at once, or from a timer. */
import { legal } from './case-rows.ts';
import type { AttackCase, Ending } from './attack-case.ts';

export const WAYS = ['in turn', 'at once', 'from a timer'] as const;
export type Way = (typeof WAYS)[number];

/** However it ends: not well, and not as if somebody else were to blame. */
const ANY_FAILURE: readonly Ending[] = [
  'TOOL_ERROR',
  'PLUGIN_ERROR',
  'TIMEOUT',
  'MEMORY_LIMIT_EXCEEDED',
  'HOST_CALL_BUDGET_EXCEEDED',
  'OUTPUT_LIMIT_EXCEEDED',
  'RESULT_INVALID',
  'PERMISSION_DENIED',
  'SANDBOX_CRASHED',
];

/** Those that never end well, are plain calls, and leave alone what others stand on. */
export function isCombinable(attack: AttackCase): boolean {
  const { body, top, members, result, grants, by = 'call', survives = true, validator, contained = [] } = attack;
  if (grants !== undefined) return false;
  if (body === undefined || top !== undefined || members !== undefined || result !== undefined) return false;
  return by === 'call' && survives && validator === 'accepted' && !contained.includes('OK');
}

export function combineCases(attacks: readonly AttackCase[], way: Way): AttackCase {
  const parts = attacks.map(({ body = '', params = {} }) => {
    const run = `${/\bawait\b/.test(body) ? 'async ' : ''}(params) => {\n${body}\n}`;
    return `() => (${run})(${JSON.stringify(params)})`;
  });
  const permissions = [...new Set(attacks.flatMap((attack) => attack.permissions ?? []))];
  const [combined] = legal('cpu', [['mix', nameOf(attacks, way), bodyOf(parts, way), ANY_FAILURE, { permissions }]]);
  return combined!;
}

function nameOf(attacks: readonly AttackCase[], way: Way): string {
  return `${attacks.map(({ id }) => id).join(' + ')}, ${way}`;
}

function bodyOf(parts: readonly string[], way: Way): string {
  const list = `const parts = [${parts.join(',\n')}];`;
  if (way === 'at once') return `${list} return await Promise.all(parts.map(async (part) => part()));`;
  const pause = way === 'from a timer' ? 'await new Promise((resolve) => setTimeout(resolve, 5));' : '';
  return `${list} ${pause}
    for (const part of parts.slice(0, -1)) { try { await part(); } catch {} }
    return await parts.at(-1)();`;
}
