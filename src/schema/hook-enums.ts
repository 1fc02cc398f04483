/** What hooks, phases and failure policies are called in GraphQL. */
import { FAILURE_POLICIES, HOOK_MODES, PLUGIN_HOOKS, type PluginHook } from '../sdk/hooks.ts';
import { builder } from './builder.ts';
import { enumValues, upperCaseValues } from './enum-values.ts';

const HOOK_NAMES = Object.keys(PLUGIN_HOOKS) as PluginHook[];

export const PluginHookEnum = builder.enumType('PluginHook', {
  description: 'The six moments of an agent at which plugins take part.',
  values: enumValues(
    {
      BEFORE_AGENT_RUN: describeHook('Before an agent run starts.', 'BEFORE_AGENT_RUN'),
      AFTER_AGENT_RUN: describeHook('After an agent run has its output.', 'AFTER_AGENT_RUN'),
      BEFORE_TOOL_CALL: describeHook('Before a tool is called.', 'BEFORE_TOOL_CALL'),
      AFTER_TOOL_CALL: describeHook('After a tool has answered.', 'AFTER_TOOL_CALL'),
      ON_ERROR: describeHook('When something failed.', 'ON_ERROR'),
      ON_REASONING_STEP: describeHook('At each step of the reasoning.', 'ON_REASONING_STEP'),
    },
    HOOK_NAMES,
  ),
});

export const HookModeEnum = builder.enumType('HookMode', {
  description: 'How a plugin takes part in a hook: also the phases of the pipeline.',
  values: upperCaseValues(
    {
      mutate: 'One after the other; each sees what the one before returned.',
      validate: 'In parallel on the same data; may block, changes nothing.',
      observe: 'In parallel after the decision, always; changes nothing.',
    },
    HOOK_MODES,
  ),
});

export const FailurePolicyEnum = builder.enumType('FailurePolicy', {
  description: 'What happens when a step fails or times out.',
  values: upperCaseValues({ open: 'Go on without it.', closed: 'Block, with the code HOOK_FAILED.' }, FAILURE_POLICIES),
});

function describeHook(when: string, hook: PluginHook): string {
  const { blockMeans, respondMeans } = PLUGIN_HOOKS[hook];
  return `${when} A block means: ${blockMeans}. A response means: ${respondMeans}.`;
}
