import type { HookPipelineStep } from '../plugins/use-cases.ts';
import { builder } from './builder.ts';
import { FailurePolicyEnum, HookModeEnum, PluginHookEnum } from './hook-enums.ts';
import { mayCall } from './may-call.ts';
import { present } from './present.ts';

const HookPipelineStepRef = builder.objectRef<HookPipelineStep>('HookPipelineStep').implement({
  description: "A plugin's place in a hook's pipeline, or the place it would have.",
  authScopes: mayCall('explainHookPipeline'),
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'The place in the order, from 1.' }),
    phase: t.expose('phase', { type: HookModeEnum, description: 'The phase it runs in.' }),
    pluginName: t.exposeString('pluginName', { description: 'The plugin.' }),
    pluginVersion: t.exposeString('pluginVersion', { description: 'Its version.' }),
    priority: t.exposeInt('priority', { description: 'Lower comes first.' }),
    timeoutMs: t.exposeInt('timeoutMs', {
      description: 'Milliseconds after which the step is TIMED_OUT, unless the invocation has less left.',
    }),
    onFailure: t.expose('onFailure', { type: FailurePolicyEnum, description: 'What happens when it fails.' }),
    when: t.expose('when', {
      type: 'JSONObject',
      nullable: true,
      description: 'The condition under which it takes part; null: always.',
    }),
    applies: t.exposeBoolean('applies', { description: 'Whether it takes part for the tool and agent asked about.' }),
    reason: t.exposeString('reason', {
      description: 'Why it takes part, or why not, and which values an admin set in the place of its own.',
    }),
  }),
});

builder.queryField('hookPipeline', (t) =>
  t.field({
    type: [HookPipelineStepRef],
    description:
      "The tenant's registered plugins that a hook goes through, and those that it passes by and why, in order, without running anything.",
    authScopes: mayCall('explainHookPipeline'),
    args: {
      hook: t.arg({ type: PluginHookEnum, required: true, description: 'The hook.' }),
      toolName: t.arg.string({ description: 'As if for this tool.' }),
      agentId: t.arg.string({ description: 'As if from this agent.' }),
    },
    resolve: (_root, args, { caller, useCases }) => useCases.explainHookPipeline(caller, present(args)),
  }),
);
