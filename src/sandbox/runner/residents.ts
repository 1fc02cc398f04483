import type { LoadedPlugin } from './loaded-plugin.ts';

/** The loaded plugins of this process by the number of their instance, and whether they are all of one tenant. */
export class Residents {
  readonly #plugins = new Map<number, LoadedPlugin>();
  readonly #countByOwner = new Map<string, number>();

  /** No other tenant's instance is in this process. */
  get haveOneOwner(): boolean {
    return this.#countByOwner.size === 1;
  }

  get(instance: number): LoadedPlugin | undefined {
    return this.#plugins.get(instance);
  }

  add(instance: number, plugin: LoadedPlugin): void {
    this.#plugins.set(instance, plugin);
    this.#countByOwner.set(plugin.owner, (this.#countByOwner.get(plugin.owner) ?? 0) + 1);
  }

  /** Gives what was there. */
  remove(instance: number): LoadedPlugin | undefined {
    const plugin = this.#plugins.get(instance);
    if (!plugin) return undefined;
    this.#plugins.delete(instance);
    const left = (this.#countByOwner.get(plugin.owner) ?? 0) - 1;
    if (left > 0) this.#countByOwner.set(plugin.owner, left);
    else this.#countByOwner.delete(plugin.owner);
    return plugin;
  }

  /** What has been running longest, if anything runs. */
  get longestRunning(): LoadedPlugin | undefined {
    let longest: LoadedPlugin | undefined;
    for (const plugin of this.#plugins.values()) {
      const { runsSince } = plugin;
      if (runsSince !== undefined && runsSince < (longest?.runsSince ?? Infinity)) longest = plugin;
    }
    return longest;
  }
}
