import type { Actor } from '../auth/actor.ts';

/** How much of something one subject of a tenant may have at a time. Takes one and returns its undo, or null. */
export type SubjectQuota = (caller: Actor) => (() => void) | null;

export function createSubjectQuota(most: number): SubjectQuota {
  const taken = new Map<string, number>();
  return (caller) => {
    const subject = JSON.stringify([caller.tenant?.id, caller.subject]);
    const count = taken.get(subject) ?? 0;
    if (count >= most) return null;
    taken.set(subject, count + 1);
    return () => {
      const left = (taken.get(subject) ?? 1) - 1;
      if (left > 0) taken.set(subject, left);
      else taken.delete(subject);
    };
  };
}
