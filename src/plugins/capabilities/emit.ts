/** `events:emit`: a plugin's own facts, in its tenant's journal, at a rate. */
import type { CapabilityLimits } from '../../config/capability-limits.ts';
import type { Journal } from '../../events/journal.ts';
import { TOOL_NAME } from '../names.ts';
import type { AnswerMethod } from './asker.ts';
import { jsonBytes, requireOnly, textArg } from './read-args.ts';
import { exhausted, refused } from './refusal.ts';
import { createTokenBuckets } from './token-buckets.ts';

const BURST_S = 10;

export interface EmitDeps {
  readonly journal: Pick<Journal, 'append'>;
  readonly limits: Pick<CapabilityLimits, 'emitBytes' | 'emitsPerSecond' | 'tenantEmitsPerSecond'>;
}

/** Answers once the event is in the journal. */
export function createEmit({ journal, limits }: EmitDeps): AnswerMethod {
  const bucketsOf = (perSecond: number) => createTokenBuckets({ perSecond, burst: perSecond * BURST_S });
  const ofPlugins = bucketsOf(limits.emitsPerSecond);
  const ofTenants = bucketsOf(limits.tenantEmitsPerSecond);
  return async ({ tenantId, pluginName }, args, { call }) => {
    requireOnly(args, ['name', 'data']);
    const name = textArg(args, 'name', { maxChars: 64 });
    if (!TOOL_NAME.test(name))
      throw refused('name must be a letter, then letters, digits, "_" or "-", at most 64 characters.');
    const { data = null } = args;
    const bytes = jsonBytes(data);
    if (bytes > limits.emitBytes)
      throw refused(`The data has ${bytes} bytes as JSON; there may be ${limits.emitBytes}.`);
    // The plugin's own budget first: what it has not got, it does not take from its tenant's.
    if (!ofPlugins.take(`${tenantId}/${pluginName}`)) {
      throw exhausted(`A plugin may emit ${limits.emitsPerSecond} events a second; emit fewer.`);
    }
    if (!ofTenants.take(tenantId)) {
      throw exhausted(
        `The plugins of a tenant may emit ${limits.tenantEmitsPerSecond} events a second, all together; emit fewer.`,
      );
    }
    const { runId = null, agentId = null } = call ?? {};
    await journal.append(tenantId, [{ type: 'PLUGIN_EMITTED', pluginName, name, data, runId, agentId }]);
    return null;
  };
}
