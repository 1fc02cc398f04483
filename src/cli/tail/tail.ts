import {
  createClient,
  HooklineClientError,
  type HooklineClient,
  type HooklineEvent,
  type Interruption,
  type StreamOptions,
  type Token,
} from '../../client/index.ts';
import type { CliIo } from '../cli-io.ts';
import { describeClientError } from './describe-client-error.ts';
import { cursorAt, placeOf, type JournalPlace } from './journal-place.ts';
import { readHistory, readLast } from './read-history.ts';
import { renderEvent } from './render-event.ts';
import { safeJson } from './safe-text.ts';
import { createTailFilter, type TailFilter, type TailFilterOptions } from './tail-filter.ts';

export interface TailRequest extends TailFilterOptions {
  readonly url: string;
  readonly token: Token;
  /** A cursor or "start". */
  readonly after?: string;
  readonly last?: number;
  readonly json?: boolean;
  readonly follow: boolean;
}

interface Tail {
  readonly client: HooklineClient;
  readonly filter: TailFilter;
  readonly ended: AbortSignal;
  readonly show: (event: HooklineEvent) => Promise<void>;
  /** On standard error. */
  readonly tell: (text: string) => void;
  /** Where to go on from. */
  place: string | undefined;
}

/** Prints until a signal, or until there is no more with `follow: false`. @throws CliError with the server's reason. */
export async function tail(io: CliIo, request: TailRequest): Promise<void> {
  const filter = createTailFilter(request);
  const client = createClient({ url: request.url, token: request.token });
  const ended = new AbortController();
  let interrupted = false;
  const undo = [
    io.onStopSignal(() => {
      interrupted = true;
      ended.abort();
    }),
    io.onReaderGone(() => ended.abort()),
  ];
  const line = request.json ? safeJson : renderer(io);
  const state: Tail = {
    client,
    filter,
    ended: ended.signal,
    show: (event) => io.write(`${line(event)}\n`),
    tell: (text) => io.err(text),
    place: undefined,
  };
  try {
    await run(state, request, {
      onInterruption: (interruption) => io.err(describeInterruption(request.url, interruption)),
      onReconnection: () => io.err(`Connected to ${request.url} again.\n`),
    });
  } catch (error) {
    if (!ended.signal.aborted) {
      if (!isExpired(error)) sayPlace(io, state);
      throw describeClientError(request.url, error);
    }
  } finally {
    client.close();
    for (const stop of undo) stop();
  }
  if (interrupted) sayPlace(io, state);
}

/** Whose message says where to go on: it is not there. */
function isExpired(error: unknown): boolean {
  return error instanceof HooklineClientError && error.code === 'CURSOR_EXPIRED';
}

function sayPlace(io: CliIo, { place }: Tail): void {
  if (place !== undefined) io.err(`\nTo go on from here: --after ${place}\n`);
}

function renderer(io: CliIo): (event: HooklineEvent) => string {
  const colours = io.isTerminal && !io.env['NO_COLOR'];
  return (event) => renderEvent(event, { colours });
}

async function run(
  state: Tail,
  request: TailRequest,
  told: Pick<StreamOptions, 'onInterruption' | 'onReconnection'>,
): Promise<void> {
  const { client, ended } = state;
  const latest = placeOf(await client.latestCursor({ signal: ended }));
  await showHistory(state, request, latest);
  if (!request.follow || ended.aborted) return;
  const after = state.place ?? request.after ?? cursorAt(latest);
  state.place = after;
  const { field, filter } = state.filter.subscription;
  const options = { after, signal: ended, ...told };
  const stream =
    field === 'hookInvoked'
      ? client.hookInvoked({ ...options, filter })
      : field === 'toolExecuted'
        ? client.toolExecuted({ ...options, filter })
        : client.events({ ...options, filter });
  await stream.begin();
  if (!ended.aborted) state.tell(`Following ${request.url}. Ctrl+C ends it.\n`);
  for await (const event of stream) {
    await pass(state, event);
    if (ended.aborted) return;
  }
  // Beyond the last event, where nothing came that is asked for.
  state.place = stream.cursor ?? state.place;
}

/** What is there already: the last ones, or all from a position on when it is to end with them. */
async function showHistory(state: Tail, { after, last, follow }: TailRequest, latest: JournalPlace): Promise<void> {
  const { client, filter, ended } = state;
  const options = { until: latest, signal: ended };
  if (last !== undefined) {
    for (const event of await readLast(client, last, { ...options, matches: filter.matches })) await pass(state, event);
    state.place = cursorAt(latest);
  } else if (!follow) {
    const fromStart = after === undefined || after === 'start';
    const start = fromStart ? { ...latest, seq: 0 } : placeOf(after);
    for await (const event of readHistory(client, start, { ...options, mayMiss: fromStart })) await pass(state, event);
  }
}

async function pass(state: Tail, event: HooklineEvent): Promise<void> {
  if (state.ended.aborted) return;
  if (state.filter.matches(event)) await state.show(event);
  state.place = event.cursor;
}

function describeInterruption(url: string, { error, retryInMs }: Interruption): string {
  const seconds = (retryInMs / 1_000).toFixed(1);
  return `Cut off from ${url} (${error.code}): trying again in ${seconds} s, from the last event.\n`;
}
