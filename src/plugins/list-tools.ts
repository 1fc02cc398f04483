import type { TenantActor } from '../auth/actor.ts';
import type { CountedPage } from '../events/page.ts';
import type { Host } from './host.ts';
import { pageByName } from './page-by-name.ts';
import type { ToolView } from './plugin-view.ts';
import { toPluginView, toToolSummary } from './to-plugin-view.ts';
import type { UseCaseInput } from './use-cases.ts';

/** The tools an agent can call now, by name; two plugins may offer one of the same name. */
export async function listTools(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'listTools'>,
): Promise<CountedPage<ToolView>> {
  const tenantId = actor.tenant.id;
  const { enabled } = await host.tenantPlugins.of(tenantId);
  const rows = await host.registrations.of(tenantId);
  const tools = enabled
    .filter(({ entry }) => !input.pluginName || entry.name === input.pluginName)
    .flatMap(({ entry }) => {
      const plugin = toPluginView(entry, rows.get(entry.name) ?? null, host.pool.problemOf(tenantId, entry.name));
      return entry.parsed.tools.map((tool): ToolView => ({ ...toToolSummary(tool), plugin }));
    })
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return pageByName(tools, nameOf, input);
}

/** By tool, then by plugin; a space sorts before every character of a name. */
function nameOf({ name, plugin }: ToolView): string {
  return `${name} ${plugin.name}`;
}
