/**
 * The six lifecycle points and what a plugin may do at each: the one table from which the types, the GraphQL enum,
 * the pipeline and the docs derive. `data` is the table's `keys`; a mutator may change only `mayChange`
 * ('all' means any key), addressed as a path of keys.
 */
export const PLUGIN_HOOKS = {
  BEFORE_AGENT_RUN: {
    phases: ['mutate', 'validate', 'observe'],
    keys: ['input'],
    mayChange: 'all',
    mayBlock: true,
    mayRespond: true,
    blockMeans: 'the run must not start',
    respondMeans: 'do not run; the response is the answer',
  },
  AFTER_AGENT_RUN: {
    phases: ['validate', 'mutate', 'observe'],
    keys: ['input', 'output'],
    mayChange: [['output']],
    mayBlock: true,
    mayRespond: false,
    blockMeans: 'the output must not be shown',
    respondMeans: 'not allowed',
  },
  BEFORE_TOOL_CALL: {
    phases: ['mutate', 'validate', 'observe'],
    keys: ['toolName', 'params'],
    mayChange: [['params']],
    mayBlock: true,
    mayRespond: true,
    blockMeans: 'the execution is BLOCKED and the tool not called',
    respondMeans: 'the tool is not called; the response is its data, and AFTER_TOOL_CALL runs',
  },
  AFTER_TOOL_CALL: {
    phases: ['validate', 'mutate', 'observe'],
    keys: ['toolName', 'params', 'result'],
    mayChange: [['result']],
    mayBlock: true,
    mayRespond: false,
    blockMeans: 'the execution is BLOCKED and the result withheld',
    respondMeans: 'not allowed',
  },
  ON_ERROR: {
    phases: ['validate', 'mutate', 'observe'],
    keys: ['error', 'toolName', 'params'],
    mayChange: [['error', 'message']],
    mayBlock: false,
    mayRespond: true,
    blockMeans: 'not allowed',
    respondMeans: 'recovered: the execution SUCCEEDED with the response',
  },
  ON_REASONING_STEP: {
    phases: ['mutate', 'validate', 'observe'],
    keys: ['step', 'index'],
    mayChange: [['step']],
    mayBlock: true,
    mayRespond: false,
    blockMeans: 'the agent must stop',
    respondMeans: 'not allowed',
  },
} as const satisfies Record<string, HookRule>;

export type PluginHook = keyof typeof PLUGIN_HOOKS;

/** The same names as values, as in the original: `PluginHook.BEFORE_TOOL_CALL`. */
export const PluginHook = Object.freeze({
  BEFORE_AGENT_RUN: 'BEFORE_AGENT_RUN',
  AFTER_AGENT_RUN: 'AFTER_AGENT_RUN',
  BEFORE_TOOL_CALL: 'BEFORE_TOOL_CALL',
  AFTER_TOOL_CALL: 'AFTER_TOOL_CALL',
  ON_ERROR: 'ON_ERROR',
  ON_REASONING_STEP: 'ON_REASONING_STEP',
} as const satisfies { [H in PluginHook]: H });

/** How a plugin takes part in a hook. */
export const HOOK_MODES = ['mutate', 'validate', 'observe'] as const;
export type HookMode = (typeof HOOK_MODES)[number];

/** What happens when a step fails: 'open' goes on without it, 'closed' blocks with HOOK_FAILED. */
export const FAILURE_POLICIES = ['open', 'closed'] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

export interface HookRule {
  readonly phases: readonly [HookMode, HookMode, HookMode];
  readonly keys: readonly string[];
  readonly mayChange: 'all' | readonly (readonly string[])[];
  readonly mayBlock: boolean;
  readonly mayRespond: boolean;
  readonly blockMeans: string;
  readonly respondMeans: string;
}

/** Defaults of a hook's options, by mode. Observers are waited for, so theirs is short. */
export const HOOK_DEFAULTS = {
  mutate: { priority: 100, timeoutMs: 1_000, onFailure: 'open' },
  validate: { priority: 100, timeoutMs: 1_000, onFailure: 'closed' },
  observe: { priority: 100, timeoutMs: 250, onFailure: 'open' },
} as const satisfies Record<HookMode, { priority: number; timeoutMs: number; onFailure: FailurePolicy }>;
