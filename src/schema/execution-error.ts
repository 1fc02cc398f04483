import { EXECUTION_ERROR_CODES, type ExecutionErrorCode } from '../errors/execution-error.ts';
import { builder } from './builder.ts';
import { enumValues } from './enum-values.ts';
import { mayCall } from './may-call.ts';
import { ExecutionErrorRef } from './refs.ts';

const CODES = Object.keys(EXECUTION_ERROR_CODES) as ExecutionErrorCode[];
const MEANINGS = Object.fromEntries(CODES.map((code) => [code, `${sentence(EXECUTION_ERROR_CODES[code].means)}`])) as {
  [C in ExecutionErrorCode]: string;
};

export const ExecutionErrorCodeEnum = builder.enumType('ExecutionErrorCode', {
  description: 'Why a call or a hook step failed, by what the host saw.',
  values: enumValues(MEANINGS, CODES),
});

ExecutionErrorRef.implement({
  description: 'What went wrong in a plugin: data, never a top-level error.',
  authScopes: mayCall('getToolExecution'),
  fields: (t) => ({
    code: t.expose('code', { type: ExecutionErrorCodeEnum, description: 'What the host saw.' }),
    message: t.exposeString('message', { description: 'A sentence for people.' }),
    pluginCode: t.exposeString('pluginCode', {
      nullable: true,
      description: "The tool's own code, for TOOL_ERROR; never interpreted.",
    }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether the same call may succeed when tried again.' }),
  }),
});

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
