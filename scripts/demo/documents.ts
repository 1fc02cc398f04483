/** What the demo asks of Hookline as an admin, and the shape of each answer. */
import type { JsonObject } from '../../src/json/json.ts';

/** A GraphQL text that knows the type of its answer. */
export interface Operation<Data> {
  readonly text: string;
  /** Never set; it carries the type. */
  readonly data?: Data;
}

export const PLUGIN_CONFIG: Operation<{ plugin: { config: JsonObject | null } | null }> = {
  text: 'query PluginConfig($name: String!) { plugin(name: $name) { config } }',
};

export const ENABLE_PLUGIN: Operation<{ enablePlugin: { name: string; version: string } }> = {
  text: 'mutation EnablePlugin($input: EnablePluginInput!) { enablePlugin(input: $input) { name version } }',
};
