import { HooklineError } from '../errors/hookline-error.ts';
import type { CatalogEntry, SoundEntry } from './catalog-entry.ts';
import type { PluginProblem } from './plugin-view.ts';

/** The entry, once it is known to be there and fit for use. */
export function requireSound(entry: CatalogEntry | undefined, name: string): SoundEntry {
  if (!entry) throw pluginNotFound(name);
  if (entry.problem) throw problemError(entry.problem);
  return entry;
}

export function pluginNotFound(name: string): HooklineError {
  return new HooklineError(
    'PLUGIN_NOT_FOUND',
    `There is no plugin "${name}" for this tenant. The query "plugins" lists those there are.`,
  );
}

/** What a plugin's problem is to a caller who wants to use it. */
export function problemError({ code, message, details }: PluginProblem): HooklineError {
  return new HooklineError(code, message, details ? { details } : {});
}
