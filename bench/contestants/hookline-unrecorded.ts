/** Hookline's server, which reads its settings as ever, without the journal of calls. */
import { startApp } from '../../src/app/start-app.ts';
import { readSettings } from '../../src/config/settings.ts';
import { unrecorded } from './unrecorded.ts';

const app = await startApp(readSettings(process.env), { journal: unrecorded });
process.once('SIGTERM', () => void app.close());
console.log(`Ready at ${app.url}`);
