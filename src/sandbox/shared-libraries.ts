import { sep } from 'node:path';

/** What the dynamic linker loaded for this Node, the linker among it, by the names it looks for. */
export function sharedLibraries(): readonly string[] {
  const { report } = process;
  // Else it looks up the names of whoever this process is connected to.
  Object.assign(report, { excludeNetwork: true });
  const told: object = report.getReport();
  Object.assign(report, { excludeNetwork: false });
  const objects: unknown = 'sharedObjects' in told ? told.sharedObjects : [];
  if (!Array.isArray(objects)) return [];
  return objects
    .filter((path) => typeof path === 'string')
    .filter((path) => path.startsWith(sep) && !path.endsWith('.node'));
}
