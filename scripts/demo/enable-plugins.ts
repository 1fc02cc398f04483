import { isJsonObject, type Json, type JsonObject } from '../../src/json/json.ts';
import { ask, type ServerAddress } from './connect.ts';
import { ENABLE_PLUGIN, PLUGIN_CONFIG } from './documents.ts';

export const DEMO_PLUGINS = ['calculator', 'pii-redactor', 'tool-guard', 'run-recorder'] as const;

/** The tool that `tool-guard` is told to block. */
const DENIED_TOOL = 'send_mail';

/** Enables the four, each with the config it has; `tool-guard` also denies one tool. */
export async function enablePlugins(server: ServerAddress): Promise<void> {
  for (const name of DEMO_PLUGINS) {
    const config = name === 'tool-guard' ? { config: await guardConfig(server) } : {};
    await ask(server, ENABLE_PLUGIN, { input: { name, ...config } });
  }
}

async function guardConfig(server: ServerAddress): Promise<JsonObject> {
  const { plugin } = await ask(server, PLUGIN_CONFIG, { name: 'tool-guard' });
  const config = isJsonObject(plugin?.config) ? plugin.config : {};
  const denied: readonly Json[] = Array.isArray(config['deny']) ? config['deny'] : [];
  return { ...config, deny: [...new Set([...denied, DENIED_TOOL])], reason: 'Mail is sent by people.' };
}
