/**
 * The tables of docs/PROTOCOL.md that repeat what the code says. On a page each stands between
 * `<!-- table NAME -->` and `<!-- end -->`; `npm test -- test/docs -u` writes them anew.
 */
import { HOOK_LIMITS } from '../../src/config/hook-limits.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../../src/db/page.ts';
import { ERROR_CODES } from '../../src/errors/error-codes.ts';
import { EXECUTION_ERROR_CODES } from '../../src/errors/execution-error.ts';
import { MESSAGE_MAX_CHARS, PAYLOAD_PART_MAX_BYTES, PROGRESS_PARAMS_MAX_BYTES } from '../../src/events/cap-payload.ts';
import { SUBSCRIBER_QUEUE_MAX_BYTES, SUBSCRIBER_QUEUE_MAX_ITEMS } from '../../src/events/fan-out.ts';
import { STOP_FINISH_MS } from '../../src/plugins/calls-under-way.ts';
import { HOOK_STATS_MAX } from '../../src/plugins/hook-stats.ts';
import { NESTED_CALLS_MAX } from '../../src/plugins/nested-calls.ts';
import { OBSERVER_LEAST_MS } from '../../src/plugins/run-pipeline.ts';
import { WAIT_MAX_MS } from '../../src/plugins/execute-tool.ts';
import { IDEMPOTENCY_KEY_MAX_CHARS } from '../../src/plugins/once-only.ts';
import { PART_MAX_BYTES, PROGRESS_EVERY_MS } from '../../src/plugins/report-progress.ts';
import { USE_CASE_ROLES } from '../../src/plugins/use-cases.ts';
import { REST_ROUTES } from '../../src/rest/rest-routes.ts';
import { SANDBOX_LIMITS } from '../../src/sandbox/limits.ts';
import { HOOK_DEFAULTS, PLUGIN_HOOKS, type HookRule } from '../../src/sdk/hooks.ts';
import { CLOSE_CODES } from '../../src/server/close-socket.ts';
import { QUERY_LIMITS, SERVER_LIMITS, SOCKET_LIMITS, STREAM_LIMITS } from '../../src/server/limits.ts';
import { LIST_WEIGHT } from '../../src/server/query-cost.ts';

type Row = readonly string[];

/** By name, each with its head as the first row. */
export const CODE_TABLES = {
  hooks: hooksTable,
  'hook-defaults': hookDefaultsTable,
  'error-codes': errorCodesTable,
  'execution-error-codes': executionErrorCodesTable,
  'sandbox-limits': sandboxLimitsTable,
  'server-limits': serverLimitsTable,
  'close-codes': closeCodesTable,
  'rest-routes': restRoutesTable,
} as const satisfies Record<string, () => readonly Row[]>;

/** The page with its tables as the code has them now. @throws Error for a table that nobody makes. */
export function withCodeTables(page: string): string {
  return page.replaceAll(/(<!-- table ([\w-]+) -->\n)[^]*?(<!-- end -->)/g, (_, begin: string, name: string, end) => {
    if (!isTable(name))
      throw new Error(`There is no table "${name}"; there are ${Object.keys(CODE_TABLES).join(', ')}.`);
    return `${begin}\n${toMarkdown(CODE_TABLES[name]())}\n\n${end}`;
  });
}

function isTable(name: string): name is keyof typeof CODE_TABLES {
  return Object.hasOwn(CODE_TABLES, name);
}

function toMarkdown([head = [], ...rows]: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function hooksTable(): readonly Row[] {
  const rules: [string, HookRule][] = Object.entries(PLUGIN_HOOKS);
  return [
    ['hook', 'usual keys of `data`', 'phases, in order', 'a mutator may change', 'a block means', 'a response means'],
    ...rules.map(([hook, rule]) => [
      code(hook),
      rule.keys.map(code).join(', '),
      rule.phases.join(', '),
      rule.mayChange === 'all' ? 'everything' : rule.mayChange.map((keys) => code(keys.join('.'))).join(', '),
      rule.blockMeans,
      rule.respondMeans,
    ]),
  ];
}

function hookDefaultsTable(): readonly Row[] {
  return [
    ['mode', '`priority`', '`timeoutMs`', '`onFailure`'],
    ...Object.entries(HOOK_DEFAULTS).map(([mode, { priority, timeoutMs, onFailure }]) => [
      code(mode),
      String(priority),
      String(timeoutMs),
      code(onFailure),
    ]),
  ];
}

function errorCodesTable(): readonly Row[] {
  return [
    ['code', 'HTTP', 'when'],
    ...Object.entries(ERROR_CODES).map(([name, { http, when }]) => [code(name), String(http), when]),
  ];
}

function executionErrorCodesTable(): readonly Row[] {
  return [
    ['code', 'retryable', 'what the host saw'],
    ...Object.entries(EXECUTION_ERROR_CODES).map(([name, { retryable, means }]) => [
      code(name),
      retryable ? 'yes' : 'no',
      means,
    ]),
  ];
}

function sandboxLimitsTable(): readonly Row[] {
  return [
    ['limit', 'default', 'most', 'of'],
    ...Object.entries(SANDBOX_LIMITS).map(([name, limit]) => [
      code(name),
      number(limit.default),
      number(limit.max),
      limit.means,
    ]),
  ];
}

type Means<Limits> = { readonly [Name in keyof Limits]: string };

const SERVER_MEANS: Means<typeof SERVER_LIMITS> = {
  bodyBytes: 'bytes of a request body',
  requestMs: 'milliseconds in which a whole request must have come in',
  connections: 'TCP connections at a time',
  streamsPerSubject: 'streams of Server-Sent Events at a time for one subject of one tenant',
  answerMs:
    'milliseconds that requests under way are waited for when the server stops; then their connections are closed',
  pathParameterChars: 'characters of one path parameter',
};
const QUERY_MEANS: Means<typeof QUERY_LIMITS> = {
  depth: 'levels of selections in a query',
  tokens: 'lexical tokens of a document',
  aliases: 'aliases in a query',
  directives: 'directives in a query',
  cost: `cost: one for each object a query stands for, by \`first\` or \`last\`; a list without pages is ${LIST_WEIGHT}`,
  mutations: 'mutations in one document; they run one after the other',
};
const SOCKET_MEANS: Means<typeof SOCKET_LIMITS> = {
  messageBytes: 'bytes of one message from a WebSocket client',
  initMs: 'milliseconds to send `connection_init`',
  operations: 'operations at a time on one socket',
  socketsPerSubject: 'sockets at a time for one subject of one tenant',
  stallMs: 'milliseconds a socket may take nothing of what was written to it',
  pingMs: 'milliseconds between pings; a socket that has not answered one by the next is ended',
  answerMs: 'milliseconds that answers under way on a WebSocket are waited for when the server stops',
  closeMs: 'milliseconds between the close frame and the end of the connection',
};

const STREAM_MEANS: Means<typeof STREAM_LIMITS> = {
  keepAliveMs: 'milliseconds between the comments that keep a stream of Server-Sent Events alive',
  retryMs: 'milliseconds that a browser is told to wait before it connects again',
  stallMs: 'milliseconds that the last of a stream may wait for a client that does not read',
};

function serverLimitsTable(): readonly Row[] {
  const rows = <Limits extends Readonly<Record<string, number>>>(limits: Limits, means: Means<Limits>) =>
    Object.keys(limits).map((name): Row => [number(limits[name] ?? 0), means[name] ?? '']);
  return [
    ['at most', 'of'],
    ...rows(SERVER_LIMITS, SERVER_MEANS),
    ...rows(QUERY_LIMITS, QUERY_MEANS),
    [
      number(PAGE_MAX),
      `nodes on a page of a connection (${PAGE_DEFAULT} when neither \`first\` nor \`last\` is given)`,
    ],
    ...rows(SOCKET_LIMITS, SOCKET_MEANS),
    ...rows(STREAM_LIMITS, STREAM_MEANS),
    [
      number(STOP_FINISH_MS),
      'milliseconds that tool calls and hooks under way get to end when the server stops; then they are cancelled',
    ],
    [
      number(HOOK_LIMITS.invocationMs.default),
      `milliseconds for the mutators and validators of one hook invocation (\`${HOOK_LIMITS.invocationMs.setting}\`)`,
    ],
    [number(OBSERVER_LEAST_MS), 'milliseconds for an observer, when the invocation has less left'],
    [number(NESTED_CALLS_MAX), 'handlers and tools of in-process plugins at work inside each other'],
    [number(HOOK_STATS_MAX), 'hooks of plugins of tenants that a server keeps statistics of'],
    [number(SUBSCRIBER_QUEUE_MAX_ITEMS), 'events waiting for one subscriber'],
    [number(SUBSCRIBER_QUEUE_MAX_BYTES), 'bytes of events waiting for one subscriber'],
    [
      number(PAYLOAD_PART_MAX_BYTES),
      'bytes of JSON of one part of an event (input, output, params, data, patches, ...)',
    ],
    [number(PROGRESS_PARAMS_MAX_BYTES), 'bytes of JSON of the params in an event PROGRESS'],
    [number(PART_MAX_BYTES), 'bytes of JSON of one part of a result, and of all parts in one event'],
    [
      number(PROGRESS_EVERY_MS),
      'milliseconds between two events PROGRESS of one execution, unless parts fill one sooner',
    ],
    [number(WAIT_MAX_MS), 'milliseconds of `waitMs`'],
    [number(IDEMPOTENCY_KEY_MAX_CHARS), 'characters of an idempotency key'],
    [number(MESSAGE_MAX_CHARS), 'characters of an error message or a reason in an event'],
  ];
}

const CLOSE_MEANS: Means<typeof CLOSE_CODES> = {
  goingAway: 'the server is stopping; connect again after a moment',
  tryAgainLater: 'the subject has too many sockets open',
  badRequest: 'a message that is not of the protocol',
  forbidden: 'no valid token in `connection_init`, or the token has expired',
  slowConsumer: 'the socket did not take what was written to it; resume from the last cursor you have',
  internalError: 'a bug; the log has it',
};

function closeCodesTable(): readonly Row[] {
  const names = Object.keys(CLOSE_CODES) as (keyof typeof CLOSE_CODES)[];
  return [['close code', 'when'], ...names.map((name) => [String(CLOSE_CODES[name]), CLOSE_MEANS[name]])];
}

function restRoutesTable(): readonly Row[] {
  return [
    ['route', 'role', 'what it does'],
    ...REST_ROUTES.map(({ method, path, description, useCase }) => [
      code(`${method} /api/v1${path}`),
      USE_CASE_ROLES[useCase],
      description,
    ]),
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

/** 262144 as 262,144: these pages are read by people. */
function number(value: number): string {
  return value.toLocaleString('en-US');
}
