/** Enable, disable, configure. */
import { builder } from './builder.ts';
import { HookOverrideInput, toHookOverride } from './hook-override.ts';
import { IDEMPOTENCY_KEY } from './idempotency-key.ts';
import { mayCall } from './may-call.ts';
import { present } from './present.ts';
import { PluginRef } from './refs.ts';

const EnablePluginInput = builder.inputType('EnablePluginInput', {
  description: 'A plugin to enable.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name.' }),
    version: t.string({ description: 'Left out: the registered version if the catalog has it, else the newest.' }),
    config: t.field({ type: 'JSONObject', description: "Left out: the stored config, else the schema's defaults." }),
    grants: t.stringList({ description: 'The permissions to grant, exactly; left out, what the plugin requires.' }),
    idempotencyKey: t.string({ description: IDEMPOTENCY_KEY }),
  }),
});

const DisablePluginInput = builder.inputType('DisablePluginInput', {
  description: 'A plugin to disable.',
  fields: (t) => ({ name: t.string({ required: true, description: 'Its name.' }) }),
});

const UpdatePluginConfigInput = builder.inputType('UpdatePluginConfigInput', {
  description: "A plugin's new config.",
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name.' }),
    config: t.field({
      type: 'JSONObject',
      required: true,
      description: 'The whole config; defaults of the schema are filled in.',
    }),
    expectedRevision: t.int({
      description: '`configRevision` as you read it; CONFLICT when it has changed. Left out, the last write wins.',
    }),
  }),
});

const UpdateHookOverridesInput = builder.inputType('UpdateHookOverridesInput', {
  description: "What is to hold in the place of a plugin's own hook options, for your tenant.",
  fields: (t) => ({
    name: t.string({ required: true, description: 'The plugin.' }),
    overrides: t.field({
      type: [HookOverrideInput],
      required: true,
      description: 'All of them: what is not in the list is as the plugin says.',
    }),
    expectedRevision: t.int({
      description: '`configRevision` as you read it; CONFLICT when it has changed. Left out, the last write wins.',
    }),
  }),
});

builder.mutationFields((t) => ({
  enablePlugin: t.field({
    type: PluginRef,
    description:
      'Loads a plugin for your tenant and lets it take part. Nothing has changed when it fails. Needs the role admin.',
    authScopes: mayCall('enablePlugin'),
    args: { input: t.arg({ type: EnablePluginInput, required: true, description: 'Which plugin, and how.' }) },
    resolve: (_root, { input }, { caller, useCases }) => useCases.enablePlugin(caller, present(input)),
  }),
  disablePlugin: t.field({
    type: PluginRef,
    description: 'Takes a plugin out; its config stays. Needs the role admin.',
    authScopes: mayCall('disablePlugin'),
    args: { input: t.arg({ type: DisablePluginInput, required: true, description: 'Which plugin.' }) },
    resolve: (_root, { input }, { caller, useCases }) => useCases.disablePlugin(caller, input),
  }),
  updatePluginConfig: t.field({
    type: PluginRef,
    description:
      'Replaces the config: a second instance opens with it and takes over. Nothing has changed when it fails. Needs the role admin.',
    authScopes: mayCall('updatePluginConfig'),
    args: {
      input: t.arg({ type: UpdatePluginConfigInput, required: true, description: 'Which plugin, and its config.' }),
    },
    resolve: (_root, { input }, { caller, useCases }) => useCases.updatePluginConfig(caller, present(input)),
  }),
  updateHookOverrides: t.field({
    type: PluginRef,
    description:
      "Replaces what holds in the place of a plugin's own hook options, from the next invocation on. A change of the registration, without a new instance. Needs the role admin.",
    authScopes: mayCall('updateHookOverrides'),
    args: {
      input: t.arg({ type: UpdateHookOverridesInput, required: true, description: 'Which plugin, and what holds.' }),
    },
    resolve: (_root, { input }, { caller, useCases }) =>
      useCases.updateHookOverrides(caller, { ...present(input), overrides: input.overrides.map(toHookOverride) }),
  }),
}));
