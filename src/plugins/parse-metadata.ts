/** The strict parse of what a plugin says about itself: every wrong field is named, nothing unknown is let through. */
import semver from 'semver';
import type { ErrorDetail } from '../errors/hookline-error.ts';
import { compileJsonSchema, MISSING, SchemaError, type CompiledSchema } from '../json/json-schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import { DEFAULT_POLICY, SANDBOX_LIMITS, type LimitPolicy } from '../sandbox/limits.ts';
import { FAILURE_POLICIES, HOOK_DEFAULTS, HOOK_MODES, PLUGIN_HOOKS, type PluginHook } from '../sdk/hooks.ts';
import type { HookOptions, PluginMetadata, ToolDefinition } from '../sdk/index.ts';
import { PLUGIN_NAME, TOOL_NAME } from './names.ts';
import type { HookBinding, ParsedPlugin, ParsedTool } from './parsed-plugin.ts';
import { capabilityOf } from './platform.ts';
import { boundTimeout, MOST_PRIORITY, PLUGIN_LIMITS, roomOf, timeoutWarnings, wishWarnings } from './plugin-limits.ts';

/** What `describe` tells of a plugin, from an isolate or in process. */
export interface RawDescription {
  readonly metadata: Json;
  readonly tools: Json;
  readonly handlesHooks: boolean;
  readonly executesTools: boolean;
}

export type ParseResult =
  | { readonly success: true; readonly parsed: ParsedPlugin }
  | { readonly success: false; readonly issues: readonly ErrorDetail[] };

/**
 * Parses a description; issues carry pointers such as `/metadata/version` and `/tools/0/name`. A wish beyond what `policy`
 * allows is no issue: it is cut, and a warning says so.
 */
export function parseMetadata(raw: RawDescription, policy: LimitPolicy = DEFAULT_POLICY): ParseResult {
  const shape = [
    ...within('/metadata', METADATA.check(raw.metadata)),
    ...(raw.tools === null ? [] : within('/tools', TOOLS.check(raw.tools))),
  ];
  if (shape.length > 0) return { success: false, issues: [...shape, ...issuesBeside(shape, raw)] };
  // The schemas above have just shown these shapes.
  const metadata = raw.metadata as unknown as PluginMetadata;
  const tools = (raw.tools ?? []) as unknown as readonly ToolDefinition[];
  const issues: ErrorDetail[] = [...meaningIssues(metadata, tools, raw)];
  const config = compileAt(metadata.configSchema ?? {}, '/metadata/configSchema', issues);
  if (config) issues.push(...defaultIssues(config));
  const limits = metadata.limits ?? {};
  const usualMs = boundTimeout(limits.callMs ?? policy.defaults.callMs, policy);
  const parsedTools = tools.map((tool, index) =>
    parseTool({ ...tool, timeoutMs: boundTimeout(tool.timeoutMs ?? usualMs, policy) }, `/tools/${index}`, issues),
  );
  if (issues.length > 0 || !config) return { success: false, issues };
  return {
    success: true,
    parsed: {
      name: metadata.name,
      version: metadata.version,
      author: metadata.author,
      description: metadata.description,
      requiredPermissions: metadata.requiredPermissions ?? [],
      compatibleVersions: metadata.compatibleVersions ?? null,
      configSchema: metadata.configSchema ?? null,
      config,
      limits,
      room: roomOf(limits, policy),
      warnings: [...wishWarnings(limits, policy), ...timeoutWarnings(metadata, tools, policy)],
      hooks: bindingsOf(metadata, raw.handlesHooks).map((binding) => ({
        ...binding,
        timeoutMs: boundTimeout(binding.timeoutMs, policy),
      })),
      tools: parsedTools.filter((tool) => tool !== undefined),
    },
  };
}

/** What a tool may say of itself at most, and an operator may give. */
const MAX_CONCURRENT = 100_000;

const text = (maxLength: number): JsonObject => ({ type: 'string', minLength: 1, maxLength });
const oneOrMany = { anyOf: [text(256), { type: 'array', items: text(256), minItems: 1, maxItems: 100 }] };
const hookNames = Object.keys(PLUGIN_HOOKS);

const HOOK_OPTIONS: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    mode: { enum: [...HOOK_MODES] },
    priority: { type: 'integer', minimum: -MOST_PRIORITY, maximum: MOST_PRIORITY },
    timeoutMs: { type: 'integer', minimum: 1, maximum: SANDBOX_LIMITS.callMs.max },
    onFailure: { enum: [...FAILURE_POLICIES] },
    when: { type: 'object', additionalProperties: false, properties: { toolName: oneOrMany, agentId: oneOrMany } },
    confidential: { type: 'boolean' },
  },
};

const METADATA = compileJsonSchema({
  type: 'object',
  additionalProperties: false,
  required: ['name', 'version', 'author', 'description'],
  properties: {
    name: text(64),
    version: text(64),
    author: text(255),
    description: text(2_000),
    requiredPermissions: { type: 'array', items: text(300), uniqueItems: true, maxItems: 50 },
    compatibleVersions: text(128),
    configSchema: { type: 'object' },
    hooks:
      // Two branches of an anyOf would answer a wrong option with "must be array" as well.
      {
        if: { type: 'array' },
        then: { type: 'array', items: { enum: hookNames }, uniqueItems: true },
        else: {
          type: 'object',
          additionalProperties: false,
          properties: Object.fromEntries(hookNames.map((hook) => [hook, HOOK_OPTIONS])),
        },
      },
    limits: PLUGIN_LIMITS,
  },
});

const TOOLS = compileJsonSchema({
  type: 'array',
  maxItems: 100,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'description', 'parameters'],
    properties: {
      name: text(64),
      description: text(4_000),
      parameters: { type: 'object' },
      result: { type: 'object' },
      timeoutMs: { type: 'integer', minimum: 1, maximum: SANDBOX_LIMITS.callMs.max },
      maxConcurrent: { type: 'integer', minimum: 1, maximum: MAX_CONCURRENT },
    },
  },
});

/** A default that breaks its own schema would be told to the admin who sends no config, as if it were theirs. */
function defaultIssues(config: CompiledSchema): readonly ErrorDetail[] {
  return config
    .check(config.withDefaults({}))
    .filter(({ message }) => message !== MISSING)
    .map(({ pointer, message }) => ({
      pointer: '/metadata/configSchema',
      message: `has a default that does not fit: ${pointer || 'it'} ${message}`,
    }));
}

function within(prefix: string, issues: readonly { pointer: string; message: string }[]): readonly ErrorDetail[] {
  return issues.map(({ pointer, message }) => ({ pointer: prefix + pointer, message }));
}

/** With a wrong shape somewhere, what is wrong in another way with the parts whose shape is right: all is told at once. */
function issuesBeside(shape: readonly ErrorDetail[], raw: RawDescription): readonly ErrorDetail[] {
  const wrong = shape.flatMap((issue) => ('pointer' in issue ? [issue.pointer] : []));
  const isSound = (pointer: string) => !wrong.some((each) => each === pointer || each.startsWith(`${pointer}/`));
  const fields = isJsonObject(raw.metadata) ? Object.entries(raw.metadata) : [];
  // What is left has the shape that the schemas above ask for.
  const metadata: Partial<PluginMetadata> = Object.fromEntries(fields.filter(([name]) => isSound(`/metadata/${name}`)));
  const listed: readonly Json[] = Array.isArray(raw.tools) ? raw.tools : [];
  const tools = listed.map((tool, index) =>
    isSound(`/tools/${index}`) ? (tool as unknown as ToolDefinition) : undefined,
  );
  const issues: ErrorDetail[] = [...meaningIssues(metadata, tools, raw)];
  const config = compileAt(metadata.configSchema ?? {}, '/metadata/configSchema', issues);
  if (config) issues.push(...defaultIssues(config));
  for (const [index, tool] of tools.entries()) {
    if (!tool) continue;
    compileAt(tool.parameters, `/tools/${index}/parameters`, issues);
    compileAt(tool.result ?? {}, `/tools/${index}/result`, issues);
  }
  return issues;
}

/** Of each part that is given. */
function* meaningIssues(
  { name, version, compatibleVersions, requiredPermissions = [] }: Partial<PluginMetadata>,
  tools: readonly (ToolDefinition | undefined)[],
  raw: RawDescription,
): Generator<ErrorDetail> {
  if (name !== undefined && !PLUGIN_NAME.test(name)) {
    yield {
      pointer: '/metadata/name',
      message: 'must be lower-case words of letters and digits, joined by "_" or "-", such as "pii-redactor"',
    };
  }
  if (version !== undefined && semver.valid(version) !== version) {
    yield { pointer: '/metadata/version', message: 'must be a semantic version such as "1.4.0"' };
  }
  if (compatibleVersions !== undefined && semver.validRange(compatibleVersions) === null) {
    yield { pointer: '/metadata/compatibleVersions', message: 'must be a semver range such as "^1.0.0"' };
  }
  for (const [index, permission] of requiredPermissions.entries()) {
    if (capabilityOf(permission)) continue;
    yield {
      pointer: `/metadata/requiredPermissions/${index}`,
      message: `"${permission}" is not a permission; there are kv, http:HOST and events:emit (log needs none)`,
    };
  }
  if (raw.tools !== null && !raw.executesTools)
    yield { pointer: '/tools', message: 'need a method execute(toolName, params, context)' };
  if (raw.tools === null && raw.executesTools)
    yield { pointer: '/tools', message: 'is missing: a plugin with execute() lists its tools' };
  const seen = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    if (!tool) continue;
    if (!TOOL_NAME.test(tool.name)) {
      yield {
        pointer: `/tools/${index}/name`,
        message: 'must be a letter, then letters, digits, "_" or "-", at most 64 characters',
      };
    }
    if (seen.has(tool.name)) yield { pointer: `/tools/${index}/name`, message: `"${tool.name}" is there twice` };
    seen.add(tool.name);
  }
}

function parseTool(
  tool: ToolDefinition & { readonly timeoutMs: number },
  at: string,
  issues: ErrorDetail[],
): ParsedTool | undefined {
  const params = compileAt(tool.parameters, `${at}/parameters`, issues);
  const result = compileAt(tool.result ?? {}, `${at}/result`, issues);
  if (!params || !result) return undefined;
  return {
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    result: tool.result ?? null,
    timeoutMs: tool.timeoutMs,
    maxConcurrent: tool.maxConcurrent ?? null,
    checkParams: (value) => params.check(value),
    checkResult: (value) => result.check(value),
  };
}

function compileAt(schema: JsonObject, at: string, issues: ErrorDetail[]): CompiledSchema | undefined {
  try {
    return compileJsonSchema(schema);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    issues.push(...within(at, error.issues));
    return undefined;
  }
}

function bindingsOf({ hooks }: PluginMetadata, handlesHooks: boolean): readonly HookBinding[] {
  // A class that only inherits handleHook takes part in nothing, whatever its metadata says: each step would cost a call.
  if (!handlesHooks) return [];
  if (hooks === undefined) return Object.keys(PLUGIN_HOOKS).map((hook) => bindingOf(hook as PluginHook, {}));
  if (isList(hooks)) return hooks.map((hook) => bindingOf(hook, {}));
  return Object.entries(hooks).map(([hook, options]) => bindingOf(hook as PluginHook, options));
}

function isList(hooks: NonNullable<PluginMetadata['hooks']>): hooks is readonly PluginHook[] {
  return Array.isArray(hooks);
}

function bindingOf(hook: PluginHook, options: HookOptions): HookBinding {
  const mode = options.mode ?? 'mutate';
  const defaults = HOOK_DEFAULTS[mode];
  return {
    hook,
    mode,
    priority: options.priority ?? defaults.priority,
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs,
    onFailure: options.onFailure ?? defaults.onFailure,
    when: options.when ?? null,
    confidential: options.confidential ?? false,
  };
}
