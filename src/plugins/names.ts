/** What plugins and tools may be called. */
export const PLUGIN_NAME = /^(?=.{1,64}$)[a-z][a-z0-9]*([_-][a-z0-9]+)*$/;
export const TOOL_NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;
