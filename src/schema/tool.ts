import { builder } from './builder.ts';
import { mayCall } from './may-call.ts';
import { present } from './present.ts';
import { PluginRef, ToolRef } from './refs.ts';

ToolRef.implement({
  description: 'A function that a plugin offers to agents.',
  authScopes: mayCall('listTools'),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique in its plugin.' }),
    description: t.exposeString('description', { description: 'What it does, for people and models.' }),
    parameters: t.expose('parameters', { type: 'JSONObject', description: 'JSON Schema of its parameters.' }),
    result: t.expose('result', {
      type: 'JSONObject',
      nullable: true,
      description: 'JSON Schema of its data, enforced; null when anything goes.',
    }),
    timeoutMs: t.exposeInt('timeoutMs', { description: 'Milliseconds after which a call ends as TIMEOUT.' }),
    maxConcurrent: t.exposeInt('maxConcurrent', {
      nullable: true,
      description:
        'Calls that a tenant may have under way at once, as its author says; further ones are RATE_LIMITED. Null: as many as the operator gives to each tool.',
    }),
    plugin: t.expose('plugin', { type: PluginRef, description: 'The plugin that offers it.' }),
  }),
});

builder.queryField('tools', (t) =>
  t.connection(
    {
      type: ToolRef,
      description: 'The tools of the enabled plugins, by name.',
      authScopes: mayCall('listTools'),
      args: { pluginName: t.arg.string({ description: 'Only those of this plugin.' }) },
      resolve: (_root, args, { caller, useCases }) => useCases.listTools(caller, present(args)),
    },
    {
      name: 'ToolConnection',
      description: 'A page of tools.',
      authScopes: mayCall('listTools'),
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are on all pages.',
          resolve: (page) => page.totalCount,
        }),
      }),
    },
    { name: 'ToolEdge', description: 'A tool on a page.', authScopes: mayCall('listTools') },
  ),
);
