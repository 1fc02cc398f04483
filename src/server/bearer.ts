/** Reads `Bearer TOKEN`, wherever a door takes it: the HTTP header, the parameters of a WebSocket, /metrics. */
import type { Actor } from '../auth/actor.ts';
import { HooklineError } from '../errors/hookline-error.ts';

/** Longer than any token we issue; a megabyte of token is not worth a signature check. */
const TOKEN_MAX_CHARS = 8_192;

/** The token, or null when nothing was sent. @throws HooklineError UNAUTHENTICATED for anything else. */
export function readBearer(authorization: unknown): string | null {
  if (authorization === undefined || authorization === null || authorization === '') return null;
  const match =
    typeof authorization === 'string' && authorization.length <= TOKEN_MAX_CHARS
      ? /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)
      : null;
  if (!match?.[1]) {
    throw new HooklineError('UNAUTHENTICATED', 'The authorization cannot be read. It has the form "Bearer TOKEN".');
  }
  return match[1];
}

/** Who sent it; null for nobody. @throws HooklineError UNAUTHENTICATED for a token that is not valid. */
export async function identify(
  deps: { readonly authenticate: (token: string) => Promise<Actor> },
  authorization: unknown,
): Promise<Actor | null> {
  const token = readBearer(authorization);
  return token === null ? null : deps.authenticate(token);
}
