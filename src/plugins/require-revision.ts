import { HooklineError } from '../errors/hookline-error.ts';
import type { RegistrationView } from './plugin-view.ts';

/** @throws HooklineError CONFLICT, when a revision is expected and the row has another one. */
export function requireRevision(
  row: RegistrationView | null,
  { name, expectedRevision }: { readonly name: string; readonly expectedRevision?: number | null },
): void {
  const revision = row?.configRevision ?? 0;
  if (expectedRevision === null || expectedRevision === undefined || expectedRevision === revision) return;
  const message = `The config of "${name}" is at revision ${revision}, not ${expectedRevision}: somebody changed it. Read it again and apply your change to that.`;
  throw new HooklineError('CONFLICT', message, { details: { revision } });
}
