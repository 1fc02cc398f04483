import { HooklineClientError } from '../../client/index.ts';
import { CliError } from '../cli-error.ts';

/** The server's reason in the words of a command line; what is no error of the client is handed back as it is. */
export function describeClientError(url: string, error: unknown): unknown {
  if (!(error instanceof HooklineClientError)) return error;
  return new CliError(reasonOf(url, error));
}

function reasonOf(url: string, { code, message, details }: HooklineClientError): string {
  switch (code) {
    case 'UNREACHABLE':
      return `No server answers at ${url}. Start it (npm start), or name its address with --url.`;
    case 'UNREADABLE_ANSWER':
      return `What answers at ${url} is not Hookline's GraphQL.`;
    case 'UNAUTHENTICATED':
      if (message.includes('expired')) return 'The token has expired. Give another one by --token or HOOKLINE_TOKEN.';
      return `${message} The server at ${url} has another secret than this command, or no such tenant; set HOOKLINE_JWT_SECRET, HOOKLINE_DATA_DIR or HOOKLINE_TOKEN as there.`;
    case 'CURSOR_EXPIRED':
      return `Events after this cursor are no longer kept. The earliest that works is --after ${details && 'oldest' in details ? details.oldest : 'start'}`;
    default:
      return `${message} (${code})`;
  }
}
