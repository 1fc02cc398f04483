/** The original's module of the same name: hands on the SDK's tool plugin class and what belongs to it. */
export { BaseToolPlugin } from '../sdk/index.ts';
export type { ToolContext, ToolDefinition, ToolResult } from '../sdk/index.ts';
