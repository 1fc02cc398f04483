import type { HookCondition } from '../sdk/index.ts';

/** Whether a hook's `when` lets a plugin take part: every key given must match; an absent value matches nothing. */
export function whenMatches(
  when: HookCondition | null,
  subject: { toolName: string | null; agentId: string | null },
): boolean {
  return when === null || (matches(when.toolName, subject.toolName) && matches(when.agentId, subject.agentId));
}

function matches(patterns: string | readonly string[] | undefined, value: string | null): boolean {
  if (patterns === undefined) return true;
  if (value === null) return false;
  return (typeof patterns === 'string' ? [patterns] : patterns).some((pattern) => matchesWildcard(pattern, value));
}

/** `*` stands for any run of characters, also none. Linear: no pattern can make it slow. */
export function matchesWildcard(pattern: string, value: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === value;
  if (!value.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return value.length - tail.length >= at && value.endsWith(tail);
}
