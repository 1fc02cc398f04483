import { isJsonObject, type JsonObject } from '../json/json.ts';
import { CliError } from './cli-error.ts';

export interface Server {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

const ANSWER_WITHIN_MS = 15_000;

/** One GraphQL operation's `data`. Throws CliError with the server's reason, or why there is no answer. */
export async function askServer(server: Server, query: string, variables: JsonObject): Promise<JsonObject> {
  const answer = await post(server, { query, variables });
  const errors: readonly unknown[] = isJsonObject(answer) && Array.isArray(answer['errors']) ? answer['errors'] : [];
  const [first] = errors;
  if (isJsonObject(first)) throw new CliError(reasonOf(first, server));
  if (!isJsonObject(answer) || !isJsonObject(answer['data'])) {
    throw new CliError(`What answers at ${server.url} is not Hookline's GraphQL.`);
  }
  return answer['data'];
}

async function post(server: Server, body: JsonObject): Promise<unknown> {
  try {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${server.token}`,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) throw new CliError(`What answers at ${server.url} is not Hookline's GraphQL.`);
    if (error instanceof DOMException) throw new CliError(`The server at ${server.url} did not answer within 15 s.`);
    throw new CliError(`No server answers at ${server.url}. Start it (npm start), or name its address with --url.`);
  }
}

function reasonOf(error: JsonObject, server: Server): string {
  const code = isJsonObject(error['extensions']) ? error['extensions']['code'] : undefined;
  const message = typeof error['message'] === 'string' ? error['message'] : 'The server gave no reason.';
  if (code === 'UNAUTHENTICATED') {
    return `${message} The server at ${server.url} has another secret than this command; set HOOKLINE_JWT_SECRET, HOOKLINE_DATA_DIR or HOOKLINE_TOKEN as there.`;
  }
  return typeof code === 'string' ? `${message} (${code})` : message;
}
