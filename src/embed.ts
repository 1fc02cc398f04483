/**
 * For programs that embed Hookline: `import { getRegistry, startApp } from 'hookline'`. Their own, trusted plugins run in
 * process, beside the sandboxed ones.
 */
import { createRegistry, type Registry } from './plugins/registry.ts';

export { startApp, type AppOptions, type RunningApp } from './app/start-app.ts';
export { openPlatform, type Platform } from './app/open-platform.ts';
export { readSettings, SettingsError, type Settings } from './config/settings.ts';
export { ERROR_CODES, type ErrorCode } from './errors/error-codes.ts';
export { HooklineError } from './errors/hookline-error.ts';
export { createRegistry, type RegisterOptions, type Registry } from './plugins/registry.ts';
export type { PluginLike } from './plugins/in-process-plugin.ts';
export * from './sdk/index.ts';

let registry: Registry | undefined;

/** The program's default registry; pass it on as `startApp(settings, { registry: getRegistry() })`. */
export function getRegistry(): Registry {
  registry ??= createRegistry();
  return registry;
}
