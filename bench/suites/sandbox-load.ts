/** How the sandbox contests load every contestant. */
export const INSTANCES = 8;
export const IN_FLIGHT = 64;
/** Milliseconds a call may take. */
export const TOOL_MS = 5_000;
