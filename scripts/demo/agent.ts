/**
 * A small agent: it thinks, calls tools, meets an error and a block, and answers. A script stands in for the model, so
 * that every run is the same; the calls to Hookline are those of any agent.
 */
import type { HookInvocation, ToolExecution } from '../../src/client/index.ts';
import type { PluginHook } from '../../src/sdk/index.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/json/json.ts';

/** Hookline, for one run of the agent. */
export interface AgentHost {
  invokeHook(hook: PluginHook, data: JsonObject): Promise<HookInvocation>;
  executeTool(toolName: string, params: JsonObject): Promise<ToolExecution>;
  /** Tells the person who watches what the agent is about to do. */
  say(text: string): void;
}

export const QUESTION = 'What is (12 + 30) * 2 / 7? Note it, and mail it to ada@example.org.';

/** One thought of the script and what follows from it; `$` in a parameter stands for the last result. */
interface Move {
  readonly thought: string;
  readonly tool: string;
  readonly params: JsonObject;
}

const MOVES: readonly Move[] = [
  { thought: 'The brackets first: 12 + 30.', tool: 'add', params: { a: 12, b: 30 } },
  { thought: 'Then times 2.', tool: 'multiply', params: { a: '$', b: 2 } },
  { thought: 'Then divided by 7 - 7.', tool: 'divide', params: { a: '$', b: 0 } },
  { thought: 'A slip: the question says 7.', tool: 'divide', params: { a: '$', b: 7 } },
  { thought: 'Note it for Ada.', tool: 'save_note', params: { text: 'For ada@example.org: it is $.' } },
  { thought: 'And mail it.', tool: 'send_mail', params: { to: 'ada@example.org', text: 'It is $.' } },
];

/** Tools of the agent's own: they run here, so the agent itself asks the hooks before and after. */
const OWN_TOOLS: Readonly<Record<string, (params: JsonObject) => JsonObject>> = {
  save_note: ({ text }) => ({ saved: text ?? null }),
  send_mail: () => ({ sent: true }),
};

/** The answer, as it may be shown. */
export async function runAgent(host: AgentHost, question: string): Promise<string> {
  host.say(`is asked: ${question}`);
  const before = await host.invokeHook('BEFORE_AGENT_RUN', { input: question });
  if (before.block) return before.block.reason;

  let last: Json = null;
  const trouble: string[] = [];
  for (const [index, { thought, tool, params }] of MOVES.entries()) {
    host.say(`thinks: ${thought}`);
    const reasoning = await host.invokeHook('ON_REASONING_STEP', { step: thought, index });
    if (reasoning.block) return reasoning.block.reason;
    const result = await callTool(host, tool, fillIn(params, last));
    if ('problem' in result) trouble.push(result.problem);
    else if (!(tool in OWN_TOOLS)) last = result.data;
  }

  const draft = `It is ${asText(last)}. The mail to ada@example.org was not sent: ${trouble.at(-1) ?? 'no reason given'}`;
  host.say(`would answer: ${draft}`);
  const after = await host.invokeHook('AFTER_AGENT_RUN', { input: question, output: draft });
  if (after.block) return after.block.reason;
  return isJsonObject(after.output) ? asText(after.output['output']) : draft;
}

type ToolAnswer = { readonly data: Json } | { readonly problem: string };

function callTool(host: AgentHost, tool: string, params: JsonObject): Promise<ToolAnswer> {
  host.say(`calls ${tool} ${JSON.stringify(params)}`);
  const own = OWN_TOOLS[tool];
  return own ? callOwnTool(host, tool, own, params) : callPluginTool(host, tool, params);
}

/** Hookline runs BEFORE_TOOL_CALL and AFTER_TOOL_CALL around it; what to do about an error is the agent's decision. */
async function callPluginTool(host: AgentHost, tool: string, params: JsonObject): Promise<ToolAnswer> {
  const { status, data, error } = await host.executeTool(tool, params);
  if (status === 'SUCCEEDED') return { data };
  const { code, message, pluginCode } = error ?? { code: 'BLOCKED', message: 'It was blocked.', pluginCode: null };
  host.say(`reports the error ${pluginCode ?? code}`);
  await host.invokeHook('ON_ERROR', { error: { code: pluginCode ?? code, message }, toolName: tool, params });
  return { problem: message };
}

async function callOwnTool(
  host: AgentHost,
  tool: string,
  run: (params: JsonObject) => JsonObject,
  params: JsonObject,
): Promise<ToolAnswer> {
  const before = await host.invokeHook('BEFORE_TOOL_CALL', { toolName: tool, params });
  if (before.block) return { problem: before.block.reason };
  // A plugin may have changed the parameters: those count, not the agent's.
  const allowed =
    isJsonObject(before.output) && isJsonObject(before.output['params']) ? before.output['params'] : params;
  const data = run(allowed);
  host.say(`ran ${tool} with what the hooks left: ${JSON.stringify(allowed)}`);
  const after = await host.invokeHook('AFTER_TOOL_CALL', {
    toolName: tool,
    params: allowed,
    result: { success: true, data },
  });
  return after.block ? { problem: after.block.reason } : { data };
}

function fillIn(params: JsonObject, last: Json): JsonObject {
  const fill = (value: Json): Json => {
    if (value === '$') return last;
    return typeof value === 'string' ? value.replace('$', asText(last)) : value;
  };
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, fill(value)]));
}

function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
