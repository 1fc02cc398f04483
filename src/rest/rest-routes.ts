/** The whole facade as one table. */
import type { Actor } from '../auth/actor.ts';
import { PAGE_MAX } from '../events/page.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { PluginView } from '../plugins/plugin-view.ts';
import type { UseCases } from '../plugins/use-cases.ts';
import { expectedRevision, toEtag } from './if-match.ts';
import { readFields } from './read-fields.ts';
import type { RestAnswer, RestRequest, RestRoute } from './rest-route.ts';
import { toConfigBody, toPluginBody } from './shapes.ts';

/** What loading a plugin can come to. */
const LOAD_ERRORS = [
  'PLUGIN_INCOMPATIBLE',
  'PLUGIN_VALIDATION_FAILED',
  'PLUGIN_COMPILE_FAILED',
  'PLUGIN_LOAD_FAILED',
  'CONFIG_INVALID',
  'SERVICE_UNAVAILABLE',
] as const;

export const REST_ROUTES: readonly RestRoute[] = [
  {
    method: 'GET',
    path: '/plugins',
    operationId: 'listPlugins',
    summary: 'List the catalog',
    description: 'The plugins your tenant has or could enable, by name.',
    useCase: 'listPlugins',
    query: {
      enabled: {
        description: 'Only those that are enabled, or only those that are not.',
        schema: { type: 'string', enum: ['true', 'false'] },
      },
      search: {
        description: 'Only those with this in their name or description, in any case.',
        schema: { type: 'string' },
      },
    },
    answer: 'PluginList',
    errors: [],
    run: listPlugins,
  },
  {
    method: 'GET',
    path: '/plugins/{name}',
    operationId: 'getPlugin',
    summary: 'Read a plugin',
    description: 'One plugin of the catalog.',
    useCase: 'getPlugin',
    answer: 'Plugin',
    errors: ['PLUGIN_NOT_FOUND'],
    run: async (useCases, caller, request) => pluginAnswer(await useCases.getPlugin(caller, nameOf(request))),
  },
  {
    method: 'POST',
    path: '/plugins/{name}/enable',
    operationId: 'enablePlugin',
    summary: 'Enable a plugin',
    description:
      'Loads it for your tenant and lets it take part; nothing has changed when it fails. The body may be empty.',
    useCase: 'enablePlugin',
    body: { schema: 'EnableRequest', required: false },
    answer: 'Plugin',
    errors: ['PLUGIN_NOT_FOUND', 'PERMISSION_DENIED', ...LOAD_ERRORS],
    run: async (useCases, caller, request) => {
      const fields = readFields(request.body, {
        version: { type: 'string' },
        config: { type: 'object' },
        grants: { type: 'strings' },
      });
      return pluginAnswer(await useCases.enablePlugin(caller, { ...fields, ...nameOf(request) }));
    },
  },
  {
    method: 'POST',
    path: '/plugins/{name}/disable',
    operationId: 'disablePlugin',
    summary: 'Disable a plugin',
    description: 'Takes it out; its config stays. The body is empty.',
    useCase: 'disablePlugin',
    answer: 'Plugin',
    errors: ['PLUGIN_NOT_FOUND'],
    run: async (useCases, caller, request) => {
      readFields(request.body, {});
      return pluginAnswer(await useCases.disablePlugin(caller, nameOf(request)));
    },
  },
  {
    method: 'GET',
    path: '/plugins/{name}/config',
    operationId: 'getPluginConfig',
    summary: "Read a plugin's config",
    description: "The config in force: the schema's defaults before there is a registration. Its revision is the ETag.",
    useCase: 'getPlugin',
    answer: 'PluginConfig',
    errors: ['PLUGIN_NOT_FOUND'],
    run: async (useCases, caller, request) => configAnswer(await useCases.getPlugin(caller, nameOf(request))),
  },
  {
    method: 'PUT',
    path: '/plugins/{name}/config',
    operationId: 'updatePluginConfig',
    summary: "Replace a plugin's config",
    description:
      'A second instance opens with it and takes over; nothing has changed when it fails. With `If-Match`, 412 when the config has changed since.',
    useCase: 'updatePluginConfig',
    body: { schema: 'ConfigRequest', required: true },
    revisioned: true,
    answer: 'PluginConfig',
    errors: ['PLUGIN_NOT_FOUND', 'CONFLICT', 'PERMISSION_DENIED', ...LOAD_ERRORS],
    run: putConfig,
  },
];

async function listPlugins(useCases: UseCases, caller: Actor | null, { query }: RestRequest): Promise<RestAnswer> {
  const { enabled, search } = readFields(query, { enabled: { type: 'string' }, search: { type: 'string' } });
  const filter = { enabled: readBoolean(enabled), search: search ?? null };
  const plugins: PluginView[] = [];
  // The original has no pages, so all of them are one answer.
  for (let after: string | null = null; ;) {
    const page = await useCases.listPlugins(caller, { ...filter, first: PAGE_MAX, after });
    plugins.push(...page.edges.map(({ node }) => node));
    after = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage || after === null) break;
  }
  return { body: { plugins: plugins.map(toPluginBody), total: plugins.length } };
}

async function putConfig(useCases: UseCases, caller: Actor | null, request: RestRequest): Promise<RestAnswer> {
  const { config } = readFields(request.body, { config: { type: 'object', required: true } });
  const { name } = nameOf(request);
  const revision = await expectedRevision(
    request.ifMatch,
    async () => (await useCases.getPlugin(caller, { name })).configRevision,
  );
  return configAnswer(await useCases.updatePluginConfig(caller, { name, config, expectedRevision: revision }));
}

function readBoolean(text: string | null | undefined): boolean | null {
  if (text === undefined || text === null) return null;
  if (text === 'true' || text === 'false') return text === 'true';
  const message = 'must be true or false';
  throw new HooklineError('INVALID_INPUT', `/enabled ${message}`, { details: [{ pointer: '/enabled', message }] });
}

function nameOf({ params }: RestRequest): { name: string } {
  return { name: params['name'] ?? '' };
}

function pluginAnswer(plugin: PluginView): RestAnswer {
  return { body: toPluginBody(plugin) };
}

function configAnswer(plugin: PluginView): RestAnswer {
  return { body: toConfigBody(plugin), etag: toEtag(plugin.configRevision) };
}
