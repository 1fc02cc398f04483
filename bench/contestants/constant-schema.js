/**
 * One field of six constant values, as Pothos's own pages show it. Plain JavaScript: in one program with the server's,
 * Pothos's types would ask for the options of the server's plugins.
 */
import SchemaBuilder from '@pothos/core';

const EXECUTION = {
  id: 'ToolExecution:8f14e45f-ceea-467f-a0e6-6b1c7a3f9d2b',
  toolName: 'add',
  pluginName: 'calculator',
  status: 'SUCCEEDED',
  data: 42,
  durationMs: 1.25,
};

export function constantSchema() {
  const builder = new SchemaBuilder({});
  builder.objectType('Execution', {
    fields: (t) => ({
      id: t.exposeID('id'),
      toolName: t.exposeString('toolName'),
      pluginName: t.exposeString('pluginName'),
      status: t.exposeString('status'),
      data: t.exposeInt('data'),
      durationMs: t.exposeFloat('durationMs'),
    }),
  });
  builder.queryType({ fields: (t) => ({ constant: t.field({ type: 'Execution', resolve: () => EXECUTION }) }) });
  return builder.toSchema();
}
