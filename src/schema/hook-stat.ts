import type { HookStat } from '../plugins/hook-stats.ts';
import { builder } from './builder.ts';
import { ExecutionErrorCodeEnum } from './execution-error.ts';
import { PluginHookEnum } from './hook-enums.ts';
import { mayCall } from './may-call.ts';

const WINDOW =
  'over the steps of this hour and the one before, by the clock of the server; at most 9 % above the true value. Null when there was none.';

export const HookStatRef = builder.objectRef<HookStat>('HookStat').implement({
  description: 'What one server counted of one hook of a plugin since it started, for your tenant.',
  authScopes: mayCall('readHookStats'),
  fields: (t) => ({
    hook: t.expose('hook', { type: PluginHookEnum, description: 'The hook.' }),
    firedCount: t.exposeFloat('firedCount', {
      description: 'Steps that began; SKIPPED ones did not. A whole number that may be beyond what Int can hold.',
    }),
    failedCount: t.exposeFloat('failedCount', { description: 'Of these, the FAILED and the TIMED_OUT ones.' }),
    lastFiredAt: t.expose('lastFiredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When an invocation with such a step last ended; null: never.',
    }),
    lastFailedAt: t.expose('lastFailedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When one last ended whose step had failed; null: never.',
    }),
    lastFailureCode: t.expose('lastFailureCode', {
      type: ExecutionErrorCodeEnum,
      nullable: true,
      description: 'With which code.',
    }),
    p50Ms: t.exposeFloat('p50Ms', {
      nullable: true,
      description: `Milliseconds that half of the steps did not exceed, ${WINDOW}`,
    }),
    p99Ms: t.exposeFloat('p99Ms', {
      nullable: true,
      description: `Milliseconds that 99 of 100 steps did not exceed, ${WINDOW}`,
    }),
  }),
});
