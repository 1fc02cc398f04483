/** What an admin sets in the place of a plugin's own hook options. */
import type { HookOverride } from '../plugins/hook-overrides.ts';
import { builder } from './builder.ts';
import { FailurePolicyEnum, PluginHookEnum } from './hook-enums.ts';
import { mayCall } from './may-call.ts';

const FIELDS = {
  hook: 'The hook; the plugin must take part in it.',
  enabled: 'Whether the plugin takes part in this hook.',
  priority: 'Lower comes first; from -1000000 to 1000000.',
  timeoutMs: 'Milliseconds after which the step is TIMED_OUT; at most what the server gives a call.',
  onFailure: 'What happens when it fails.',
} as const satisfies { [F in keyof HookOverride]: string };
const AS_IT_SAYS = 'Null: as the plugin says.';

export const HookOverrideRef = builder.objectRef<HookOverride>('HookOverride').implement({
  description: 'What an admin set for one hook of a plugin. Needs the role admin.',
  authScopes: mayCall('getPlugin'),
  fields: (t) => ({
    hook: t.expose('hook', { type: PluginHookEnum, description: 'The hook.' }),
    enabled: t.exposeBoolean('enabled', { nullable: true, description: `${FIELDS.enabled} ${AS_IT_SAYS}` }),
    priority: t.exposeInt('priority', { nullable: true, description: `${FIELDS.priority} ${AS_IT_SAYS}` }),
    timeoutMs: t.exposeInt('timeoutMs', { nullable: true, description: `${FIELDS.timeoutMs} ${AS_IT_SAYS}` }),
    onFailure: t.expose('onFailure', {
      type: FailurePolicyEnum,
      nullable: true,
      description: `${FIELDS.onFailure} ${AS_IT_SAYS}`,
    }),
  }),
});

export const HookOverrideInput = builder.inputType('HookOverrideInput', {
  description: 'What is to hold for one hook of a plugin; what is left out is as the plugin says.',
  fields: (t) => ({
    hook: t.field({ type: PluginHookEnum, required: true, description: FIELDS.hook }),
    enabled: t.boolean({ description: FIELDS.enabled }),
    priority: t.int({ description: FIELDS.priority }),
    timeoutMs: t.int({ description: FIELDS.timeoutMs }),
    onFailure: t.field({ type: FailurePolicyEnum, description: FIELDS.onFailure }),
  }),
});

/** What is left out of an input is null. */
export function toHookOverride({
  hook,
  enabled,
  priority,
  timeoutMs,
  onFailure,
}: typeof HookOverrideInput.$inferInput): HookOverride {
  return {
    hook,
    enabled: enabled ?? null,
    priority: priority ?? null,
    timeoutMs: timeoutMs ?? null,
    onFailure: onFailure ?? null,
  };
}
