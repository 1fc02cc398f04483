/** Gives each agent so many tool calls in each window of time, and blocks what is more. */
import { block, definePlugin, isObject, type Json, type JsonObject, type PluginKv } from 'hookline/sdk';

const PREFIX = 'agent/';
/** At most eight calls of an instance race for one entry, and each round one of them wins. */
const TRIES = 20;

export default definePlugin({
  name: 'usage-budget',
  version: '1.0.0',
  author: 'Hookline',
  description: 'Gives each agent a budget of tool calls, and says when it is used up.',
  requiredPermissions: ['kv', 'events:emit'],
  configSchema: {
    type: 'object',
    properties: {
      calls: { type: 'integer', minimum: 1, default: 1000, description: 'Tool calls of one agent in one window.' },
      windowMinutes: { type: 'integer', minimum: 1, maximum: 44640, default: 60, description: 'Length of a window.' },
    },
    additionalProperties: false,
  },
  hooks: {
    BEFORE_TOOL_CALL: {
      // A validator that fails blocks: without its count nobody knows whether the call is within the budget.
      mode: 'validate',
      // Calls of one agent wait for each other's counts, and what comes too late is blocked.
      timeoutMs: 5_000,
      async handle({ toolName }, { agentId, config, emit, kv, log }) {
        const limit = Number(config.calls);
        const window = windowNow(config);
        const used = await spend(kv, PREFIX + (agentId ?? ''), window.startsAt, limit);
        if (used > limit) {
          const retryAfterS = Math.ceil((window.endsAt - Date.now()) / 1000);
          const reason = `This agent has had its ${limit} tool calls. There are new ones in ${retryAfterS} seconds.`;
          return block({ code: 'BUDGET_EXHAUSTED', reason, details: { limit, retryAfterS } });
        }
        if (used === limit) {
          // The call is within the budget, whether or not anybody hears that it was the last.
          const told = emit('budget_exhausted', { agentId, limit, toolName: toolName ?? null });
          await told.catch((error: unknown) =>
            log.warn('Nobody was told of a used-up budget.', { error: String(error) }),
          );
        }
        return undefined;
      },
    },
  },
  /** Agents that did nothing in this window are forgotten, or their entries would add up. */
  async onLoad({ config, kv }) {
    const { startsAt } = windowNow(config);
    for (const { key, value, version } of await kv.list({ prefix: PREFIX, limit: 100 })) {
      if (usedIn(startsAt, value) === 0) await kv.delete(key, { ifVersion: version });
    }
  },
});

function windowNow({ windowMinutes }: JsonObject): { startsAt: number; endsAt: number } {
  const windowMs = Number(windowMinutes) * 60_000;
  const startsAt = Math.floor(Date.now() / windowMs) * windowMs;
  return { startsAt, endsAt: startsAt + windowMs };
}

/** Counts one call more and says how many that makes; beyond the limit nothing is counted. */
async function spend(kv: PluginKv, key: string, startsAt: number, limit: number): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const entry = await kv.get(key);
    const used = entry ? usedIn(startsAt, entry.value) : 0;
    if (used >= limit) return limit + 1;
    // Written only when nobody else was faster; else it is read again.
    const { success } = await kv.set(key, { startsAt, used: used + 1 }, { ifVersion: entry ? entry.version : 0 });
    if (success) return used + 1;
  }
  throw new Error('Too many calls of this agent were counted at the same time.');
}

function usedIn(startsAt: number, value: Json): number {
  return isObject(value) && value.startsAt === startsAt && typeof value.used === 'number' ? value.used : 0;
}
