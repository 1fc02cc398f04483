/** Checks a token's form, signature and times with the one kind of key this server has. */
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyOptions } from 'jose';
import { HooklineError } from '../errors/hookline-error.ts';
import { hasDuplicateNames } from './has-duplicate-names.ts';
import { parseClaims, type Claims } from './parse-claims.ts';
import type { ResolvedAuth } from './resolve-auth.ts';

/** Larger than any honest token; checked before anything is decoded. */
const TOKEN_MAX_CHARS = 8 * 1024;
/** How far the clocks of issuer and server may differ, for `nbf`. `exp` is taken at its word. */
const CLOCK_SKEW_S = 30;
const JWKS_TIMEOUT_MS = 2_000;
/** Asymmetric only: a public key must never be taken for the secret of an HMAC. */
const JWKS_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

export type VerifyToken = (token: string, now: Date) => Promise<Claims>;

/** @throws HooklineError UNAUTHENTICATED (one message for every bad token but an expired one), SERVICE_UNAVAILABLE when keys cannot be fetched. */
export function createTokenVerifier({ keys, issuer, audience }: ResolvedAuth): VerifyToken {
  const options: JWTVerifyOptions = {
    algorithms: keys.kind === 'secret' ? ['HS256'] : [...JWKS_ALGORITHMS],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_SKEW_S,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const verify = signatureCheck(keys, options);
  return async (token, now) => {
    if (!isWellFormed(token)) throw badToken();
    const payload = await verify(token, now).catch((error: unknown) => {
      throw toCallerError(error, keys.kind);
    });
    const claims = parseClaims(payload);
    if (!claims || hasDuplicateNames(decodePart(token, 1))) throw badToken();
    if (claims.expiresAt <= now.getTime()) throw expiredToken();
    return claims;
  };
}

export function badToken(): HooklineError {
  return new HooklineError(
    'UNAUTHENTICATED',
    'This token is not valid here. Get a new one and send it as "Authorization: Bearer TOKEN".',
  );
}

function expiredToken(): HooklineError {
  return new HooklineError('UNAUTHENTICATED', 'The token has expired. Get a new one and try again.');
}

function signatureCheck(keys: ResolvedAuth['keys'], options: JWTVerifyOptions) {
  if (keys.kind === 'secret') {
    const secret = new TextEncoder().encode(keys.secret);
    return async (token: string, now: Date) =>
      (await jwtVerify(token, secret, { ...options, currentDate: now })).payload;
  }
  // The set's URL is the operator's; what a token says about where its key lies (jku, x5u) is never read.
  const keySet = createRemoteJWKSet(keys.url, { timeoutDuration: JWKS_TIMEOUT_MS });
  return async (token: string, now: Date) => (await jwtVerify(token, keySet, { ...options, currentDate: now })).payload;
}

/** Three parts, a header that is a JWT's and brings no key of its own. */
function isWellFormed(token: string): boolean {
  if (token.length > TOKEN_MAX_CHARS || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return false;
  try {
    const header = decodeProtectedHeader(token);
    const typ: unknown = header.typ;
    const isJwt = typ === undefined || (typeof typ === 'string' && /^(application\/)?(at\+)?jwt$/i.test(typ));
    const bringsKey = ['jku', 'jwk', 'x5u', 'crit'].some((name) => Object.hasOwn(header, name));
    return isJwt && !bringsKey && !hasDuplicateNames(decodePart(token, 0));
  } catch {
    return false;
  }
}

function decodePart(token: string, index: number): string {
  return Buffer.from(token.split('.')[index] ?? '', 'base64url').toString();
}

/** What a key set that cannot be fetched is: not the bearer's fault, and worth another try. */
function toCallerError(error: unknown, kind: ResolvedAuth['keys']['kind']): HooklineError {
  if (error instanceof errors.JWTExpired) return expiredToken();
  if (kind === 'secret' || !isFetchFailure(error)) return badToken();
  return new HooklineError(
    'SERVICE_UNAVAILABLE',
    'The keys that tokens are checked with cannot be fetched at the moment. Try again.',
    {
      retryAfterS: 5,
      cause: error,
    },
  );
}

/** jose has no class of its own for a set that answers with another status or with what is not JSON. */
function isFetchFailure(error: unknown): boolean {
  if (error instanceof errors.JOSEError && error.code === errors.JOSEError.code) return true;
  return error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error instanceof TypeError;
}
