import { Command } from 'commander';
import { readSettings, type Settings } from '../config/settings.ts';
import { unknownSettings } from '../config/unknown-settings.ts';
import type { CliIo, SetExitCode } from './cli-io.ts';
import { closeOnStop } from './close-on-stop.ts';

/** `hookline serve`: the server, until a signal asks it to stop. */
export function serveCommand(io: CliIo, setExitCode: SetExitCode): Command {
  return new Command('serve')
    .description('Start the server; it stops on SIGTERM or Ctrl+C')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const settings = readSettings(io.env, io.cwd);
      for (const { name, nearest } of unknownSettings(io.env)) {
        io.err(`There is no setting ${name}, so it changes nothing. Is ${nearest} meant?\n`);
      }
      // Signals count from now on, so that one that comes while the server starts is not lost.
      const stop = closeOnStop(io);
      const { startApp } = await import('../app/start-app.ts');
      const app = await startApp(settings);
      // What the server is in after a bug that nothing caught, nobody knows: whoever watches over it starts another.
      const undo = io.onBug((error) => {
        app.log.fatal({ err: error }, 'The server stops, because it met a bug that nothing caught');
        stop.fail();
      });
      io.err(welcome(settings, app.url));
      setExitCode(await stop.close(app));
      undo();
    });
}

const EXAMPLES = `
Examples:
  $ hookline serve                                          http://127.0.0.1:4000, data in .hookline
  $ PORT=8080 hookline serve                                another port
  $ DATABASE_URL=postgresql://user@host/db hookline serve   PostgreSQL instead of the embedded database`;

function welcome(settings: Settings, url: string): string {
  const address = url.replace(/\/$/, '');
  const lines = [
    ['GraphQL', `${address}/graphql${settings.production ? '' : '   (GraphiQL in a browser)'}`],
    ['REST', `${address}/api/v1/plugins   (its page: /api/v1/docs/)`],
    ['Token', howToGetToken(settings)],
  ];
  const width = Math.max(...lines.map(([label = '']) => label.length));
  return `\nHookline is ready at ${address}\n\n${lines.map(([label = '', text]) => `  ${label.padEnd(width)}   ${text}\n`).join('')}\n`;
}

function howToGetToken(settings: Settings): string {
  if (settings.auth.jwksUrl !== undefined) return `from the identity provider behind ${settings.auth.jwksUrl}`;
  if (settings.auth.jwtSecret !== undefined) return 'npx hookline token --tenant TENANT --role admin';
  return 'npx hookline token --tenant demo --role admin';
}
