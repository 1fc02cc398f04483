/** What a program without a sandbox that evicts would write: a map of open instances, the longest unused closed first. */
import { CAPACITY, type Instance, type Memory, type TenantsSubject } from '../load/subject.ts';

export function keepRecent(open: () => Promise<Instance>, memory: () => Promise<Memory>): TenantsSubject {
  const instances = new Map<string, Promise<Instance>>();
  const busy = new Map<Promise<Instance>, number>();
  let opened = 0;
  const use = (instance: Promise<Instance>, by: 1 | -1) => busy.set(instance, (busy.get(instance) ?? 0) + by);

  function acquire(key: string): Promise<Instance> {
    const known = instances.get(key);
    const instance = known ?? open();
    if (!known) opened += 1;
    instances.delete(key);
    instances.set(key, instance);
    use(instance, 1);
    if (instances.size > CAPACITY) evictOne();
    return instance;
  }

  function evictOne(): void {
    for (const [key, instance] of instances) {
      if ((busy.get(instance) ?? 0) > 0) continue;
      instances.delete(key);
      busy.delete(instance);
      void instance.then(({ close }) => close());
      return;
    }
  }

  return {
    async call(tenant, plugin, params) {
      const instance = acquire(`${tenant}/${plugin}`);
      try {
        return await (await instance).call(params);
      } finally {
        use(instance, -1);
      }
    },
    memory,
    counts: () => ({ opened, open: instances.size }),
    [Symbol.asyncDispose]: async () => {},
  };
}
