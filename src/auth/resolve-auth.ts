/** From settings to the one way in which this server checks tokens. */
import { isIPv4 } from 'node:net';
import { SettingsError, type Settings } from '../config/settings.ts';
import { ensureDevelopmentSecret } from './development-secret.ts';

export interface ResolvedAuth {
  readonly keys: { readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'jwks'; readonly url: URL };
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** True when the secret is the data folder's own: then there is a tenant `demo`, and the start says how to get a token. */
  readonly development: boolean;
}

/** @throws SettingsError without auth settings in production, or on an address that others can reach. */
export async function resolveAuth(
  settings: Pick<Settings, 'auth' | 'host' | 'production' | 'dataDir'>,
): Promise<ResolvedAuth> {
  const { jwtSecret, jwksUrl, issuer, audience } = settings.auth;
  const common = { issuer, audience, development: false };
  if (jwtSecret !== undefined) return { ...common, keys: { kind: 'secret', secret: jwtSecret } };
  if (jwksUrl !== undefined) return { ...common, keys: { kind: 'jwks', url: new URL(jwksUrl) } };
  if (settings.production) {
    throw new SettingsError('In production, tokens need a key: set HOOKLINE_JWT_SECRET (HS256) or HOOKLINE_JWKS_URL.');
  }
  if (!isLoopback(settings.host)) {
    throw new SettingsError(
      `HOST is ${settings.host}, which others may reach, and no key for tokens is set. Set HOOKLINE_JWT_SECRET (HS256) or ` +
        'HOOKLINE_JWKS_URL, or leave HOST at 127.0.0.1.',
    );
  }
  const secret = await ensureDevelopmentSecret(settings.dataDir);
  return { ...common, keys: { kind: 'secret', secret }, development: true };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
