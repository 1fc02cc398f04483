/**
 * What a plugin can do wrong in a call or a hook: data, never a thrown error. The code comes from what the host saw
 * (which timer fired, which signal), never from the text of a plugin's error.
 */
export const EXECUTION_ERROR_CODES = {
  TOOL_ERROR: { retryable: false, means: 'the tool answered success: false' },
  PLUGIN_ERROR: { retryable: false, means: 'the plugin threw' },
  TIMEOUT: { retryable: false, means: 'a time limit ended the call' },
  MEMORY_LIMIT_EXCEEDED: { retryable: false, means: 'the instance ran out of memory' },
  HOST_CALL_BUDGET_EXCEEDED: { retryable: false, means: 'the plugin called the host too often' },
  OUTPUT_LIMIT_EXCEEDED: { retryable: false, means: 'the answer was too large' },
  PARAMS_INVALID: { retryable: false, means: 'a hook changed the parameters to something the schema refuses' },
  RESULT_INVALID: { retryable: false, means: 'the answer was not a ToolResult or broke the result schema' },
  PERMISSION_DENIED: { retryable: false, means: 'the plugin used a capability it was not granted' },
  BLOCKED: { retryable: false, means: 'a hook blocked the call' },
  CANCELLED: { retryable: false, means: 'the caller cancelled the call' },
  SANDBOX_CRASHED: { retryable: true, means: 'the sandbox ended during the call' },
  SANDBOX_UNAVAILABLE: { retryable: true, means: 'no sandbox had room for the call' },
} as const satisfies Record<string, { retryable: boolean; means: string }>;

export type ExecutionErrorCode = keyof typeof EXECUTION_ERROR_CODES;

export interface ExecutionError {
  readonly code: ExecutionErrorCode;
  readonly message: string;
  /** The tool's own code, for TOOL_ERROR; never interpreted. */
  readonly pluginCode: string | null;
  readonly retryable: boolean;
}

export function executionError(
  code: ExecutionErrorCode,
  message: string,
  pluginCode: string | null = null,
): ExecutionError {
  return { code, message, pluginCode, retryable: EXECUTION_ERROR_CODES[code].retryable };
}
