/** Hookline with everything it has, in this process; events come to it as from its journal, by its bus. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startApp } from '../../src/app/start-app.ts';
import { mintToken } from '../../src/auth/mint-token.ts';
import { createTenant } from '../../src/auth/tenants.ts';
import { readSettings } from '../../src/config/settings.ts';
import { temporaryFolder } from '../frame/temporary-folder.ts';
import { benchEvent, runOf } from './bench-event.ts';
import { serveEvents } from './serve-events.ts';

/** Each may have 20 sockets; no limit is raised. */
const SUBJECTS = 201;
const EVENT_BYTES = 800;

const folder = await temporaryFolder();
const secret = randomBytes(48).toString('base64url');
const settings = readSettings({
  NODE_ENV: 'production',
  PORT: '0',
  LOG_LEVEL: 'error',
  HOOKLINE_DATA_DIR: folder.path,
  HOOKLINE_PLUGINS_DIR: join(folder.path, 'plugins'),
  HOOKLINE_JWT_SECRET: secret,
});
const app = await startApp(settings);
const tenant = await createTenant(app.database.prisma, { slug: 'bench' });
const tokens = await Promise.all(
  Array.from({ length: SUBJECTS }, (_, subject) =>
    mintToken({ secret, subject: `bench-${subject}`, tenant: 'bench', roles: ['admin'], expiresInSeconds: 36_000 }),
  ),
);
let seq = 0;
process.once('disconnect', () => void folder[Symbol.asyncDispose]());
serveEvents({
  url: app.url,
  tokens,
  followers: async () => Number(/^hookline_subscribers (\d+)$/m.exec(await app.metrics.text())?.[1]),
  publish(run) {
    seq += 1;
    app.bus.publish(benchEvent(tenant.id, seq, runOf(run)), EVENT_BYTES);
  },
});
