import type { Module } from './read-modules.ts';

/** Groups of modules that need each other while they load: Tarjan's strongly connected components of more than one. */
export function findCycles(modules: readonly Module[]): readonly (readonly string[])[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  const visit = (path: string): void => {
    order.set(path, order.size);
    lowest.set(path, order.size - 1);
    stack.push(path);
    for (const target of loadedBy(byPath.get(path))) {
      if (!byPath.has(target)) continue;
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(path, Math.min(lowest.get(path) ?? 0, lowest.get(target) ?? 0));
    }
    if (lowest.get(path) !== order.get(path)) return;
    const component = stack.splice(stack.indexOf(path));
    if (component.length > 1) cycles.push(component);
  };
  for (const { path } of modules) if (!order.has(path)) visit(path);
  return cycles;
}

function loadedBy(module: Module | undefined): readonly string[] {
  return (module?.imports ?? []).flatMap((target) => (target.atRunTime && !target.lazy && target.path) || []);
}
