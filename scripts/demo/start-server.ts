/** A server of the demo's own: a free port, and a data folder that is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../src/app/start-app.ts';
import { readDevelopmentSecret } from '../../src/auth/development-secret.ts';
import { mintToken } from '../../src/auth/mint-token.ts';
import { readSettings } from '../../src/config/settings.ts';
import { DEVELOPMENT_TENANT } from '../../src/app/open-platform.ts';
import type { ServerAddress } from './connect.ts';

export async function startServer(): Promise<ServerAddress & AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'hookline-demo-'));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  // Nothing of the environment: the demo is the same everywhere.
  const settings = readSettings({
    PORT: '0',
    LOG_LEVEL: 'error',
    HOOKLINE_DATA_DIR: folder,
    HOOKLINE_PLUGINS_DIR: join(folder, 'plugins'),
  });
  const { url } = opening.use(await startApp(settings));
  const secret = await readDevelopmentSecret(folder);
  if (secret === null) throw new Error('The server made no development secret.');
  const token = await mintToken({
    secret,
    subject: 'demo',
    tenant: DEVELOPMENT_TENANT,
    roles: ['admin', 'agent'],
    expiresInSeconds: 600,
  });
  const running = opening.move();
  return { url, token, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
