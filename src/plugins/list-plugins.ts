import type { TenantActor } from '../auth/actor.ts';
import type { CountedPage } from '../events/page.ts';
import type { Host } from './host.ts';
import { pageByName } from './page-by-name.ts';
import type { PluginView } from './plugin-view.ts';
import { pluginNotFound } from './require-sound.ts';
import { readPluginView, readPluginViews } from './to-plugin-view.ts';
import type { UseCaseInput } from './use-cases.ts';

/** The tenant's catalog by name; `search` looks into names, descriptions and tool names. */
export async function listPlugins(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'listPlugins'>,
): Promise<CountedPage<PluginView>> {
  const views = await readPluginViews(host, actor.tenant.id);
  const words = (input.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = views.filter(
    (view) => isWanted(view, input.enabled ?? null) && words.every((word) => mentions(view, word)),
  );
  return pageByName(wanted, ({ name }) => name, input);
}

/** PLUGIN_NOT_FOUND when the tenant cannot see such a plugin. */
export async function getPlugin(
  host: Host,
  actor: TenantActor,
  { name }: UseCaseInput<'getPlugin'>,
): Promise<PluginView> {
  const view = await readPluginView(host, actor.tenant.id, name);
  if (!view) throw pluginNotFound(name);
  return view;
}

function isWanted(view: PluginView, enabled: boolean | null): boolean {
  return enabled === null || view.enabled === enabled;
}

function mentions(view: PluginView, word: string): boolean {
  return [view.name, view.description, ...view.tools.map(({ name }) => name)].some((text) =>
    text.toLowerCase().includes(word),
  );
}
