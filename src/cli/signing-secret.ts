import { readDevelopmentSecret } from '../auth/development-secret.ts';
import type { Settings } from '../config/settings.ts';
import { CliError } from './cli-error.ts';

/** The secret that this installation's server trusts: HOOKLINE_JWT_SECRET, or the one in the data folder. */
export async function signingSecret({ auth, dataDir }: Settings): Promise<string> {
  if (auth.jwtSecret !== undefined) return auth.jwtSecret;
  if (auth.jwksUrl !== undefined) {
    throw new CliError(
      `This installation trusts the identity provider behind ${auth.jwksUrl}; get the token from there, as HOOKLINE_TOKEN.`,
    );
  }
  const secret = await readDevelopmentSecret(dataDir);
  if (secret !== null) return secret;
  throw new CliError(
    `There is no secret to sign with yet: the first start of the server makes one in ${dataDir}. ` +
      'Start it (npm start), or set HOOKLINE_JWT_SECRET, or HOOKLINE_DATA_DIR to where its data is.',
  );
}
