/** The facade's shapes as JSON Schema. */
import { ERROR_CODES } from '../errors/error-codes.ts';
import type { JsonObject } from '../json/json.ts';
import { PLUGIN_STATUSES } from '../plugins/plugin-view.ts';
import { PLUGIN_HOOKS } from '../sdk/hooks.ts';

const text = (description: string) => ({ type: 'string', description });
const time = (description: string) => ({ type: ['string', 'null'], format: 'date-time', description });

export const OPENAPI_SCHEMAS: JsonObject = {
  Plugin: closed({
    name: text('Its name.'),
    version: text('The registered version; before there is one, the newest.'),
    author: text('Who wrote it.'),
    description: text('What it does.'),
    enabled: { type: 'boolean', description: 'Whether it is to take part.' },
    status: { enum: PLUGIN_STATUSES, description: 'How it stands for your tenant.' },
    hooks: { type: 'array', items: { enum: Object.keys(PLUGIN_HOOKS) }, description: 'The hooks it takes part in.' },
    tools: { type: 'array', items: { type: 'string' }, description: 'The names of its tools.' },
    required_permissions: { type: 'array', items: { type: 'string' }, description: 'What it cannot do without.' },
    compatible_versions: {
      type: ['string', 'null'],
      description: 'The platform versions it works with, as a semver range.',
    },
    problem: {
      ...closed({ code: { enum: Object.keys(ERROR_CODES) }, message: text('A sentence for its author.') }),
      type: ['object', 'null'],
      description: 'Why it is FAILED, or why the server disabled it.',
    },
  }),
  PluginList: closed({
    plugins: { type: 'array', items: { $ref: '#/components/schemas/Plugin' } },
    total: { type: 'integer', minimum: 0, description: 'How many there are.' },
  }),
  PluginConfig: closed({
    plugin_name: text('The plugin.'),
    plugin_version: text('Its version.'),
    enabled: { type: 'boolean', description: 'Whether it is to take part.' },
    config: { type: 'object', description: 'The config in force.' },
    config_revision: {
      type: 'integer',
      minimum: 0,
      description: 'Counts every change; 0 before there is a registration.',
    },
    installed_at: time('When the registration was made; null before there is one.'),
    updated_at: time('When it was last changed; null before there is one.'),
  }),
  EnableRequest: {
    type: 'object',
    additionalProperties: false,
    properties: {
      version: {
        type: ['string', 'null'],
        description: 'Left out: the registered version if the catalog has it, else the newest.',
      },
      config: { type: ['object', 'null'], description: "Left out: the stored config, else the schema's defaults." },
      grants: {
        type: ['array', 'null'],
        items: { type: 'string' },
        description: 'The permissions to grant, exactly; left out, what the plugin requires.',
      },
    },
  },
  ConfigRequest: closed({
    config: { type: 'object', description: 'The whole config; defaults of the schema are filled in.' },
  }),
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code'],
    description: 'A problem document (RFC 9457).',
    properties: {
      type: { type: 'string', format: 'uri', description: 'The code as a URN.' },
      title: text('What the code means.'),
      status: { type: 'integer' },
      detail: text('A sentence that says what to do.'),
      code: { enum: Object.keys(ERROR_CODES) },
      details: { description: 'What exactly is wrong: a list with JSON pointers or lines, or a cause or a revision.' },
    },
  },
};

function closed(properties: JsonObject): JsonObject {
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
}
