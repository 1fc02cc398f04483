import { mintToken } from '../auth/mint-token.ts';
import type { Settings } from '../config/settings.ts';
import type { CliIo } from './cli-io.ts';
import { signingSecret } from './signing-secret.ts';

const ONE_COMMAND_S = 60;

/** HOOKLINE_TOKEN, or a platform_admin token that is good for one command. */
export async function operatorToken(io: CliIo, settings: Settings): Promise<string> {
  const given = io.env['HOOKLINE_TOKEN']?.trim();
  if (given) return given;
  return mintToken({
    secret: await signingSecret(settings),
    subject: 'cli',
    roles: ['platform_admin'],
    expiresInSeconds: ONE_COMMAND_S,
    issuer: settings.auth.issuer,
    audience: settings.auth.audience,
  });
}
