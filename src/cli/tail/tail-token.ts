import { mintToken } from '../../auth/mint-token.ts';
import type { Token } from '../../client/credentials.ts';
import type { Settings } from '../../config/settings.ts';
import { CliError } from '../cli-error.ts';
import type { CliIo } from '../cli-io.ts';
import { signingSecret } from '../signing-secret.ts';

/** Of a token that is signed here; the next one is signed before it is needed. */
const GOOD_FOR_S = 3_600;

/** The token that was given, or what signs one that may follow the tenant's events and nothing more than an agent. */
export async function tailToken(
  io: CliIo,
  settings: Settings,
  { token, tenant }: { readonly token?: string; readonly tenant?: string },
): Promise<Token> {
  const given = token ?? io.env['HOOKLINE_TOKEN']?.trim();
  if (given) return given;
  if (tenant === undefined) throw new CliError('--tenant is missing: whose events? Such as --tenant demo.');
  const secret = await signingSecret(settings);
  return () =>
    mintToken({
      secret,
      tenant,
      subject: 'cli',
      roles: ['agent'],
      expiresInSeconds: GOOD_FOR_S,
      issuer: settings.auth.issuer,
      audience: settings.auth.audience,
    });
}
