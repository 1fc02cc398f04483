/** The process of a contestant: each message orders one sample of a load, the answer is the sample. */
import type { Sample } from '../frame/contest.ts';
import { INSTANCES, loadCalls, loadCold, loadMemory, loadTenants } from '../load/sandbox-loads.ts';
import type { Instance, Subject, TenantsSubject } from '../load/subject.ts';

export type LoadOrder =
  | { readonly load: 'calls'; readonly sampleMs: number }
  | { readonly load: 'cold'; readonly sampleMs: number }
  | { readonly load: 'memory'; readonly sizes: readonly number[] }
  | { readonly load: 'tenants'; readonly tenants: number; readonly sampleMs: number };

export type LoadAnswer = { readonly sample: Sample } | { readonly problem: string };

export interface LoadedSubjects {
  subject(): Promise<Subject>;
  tenants?(): Promise<TenantsSubject>;
}

export function serveLoads(subjects: LoadedSubjects): void {
  const run = loadsOf(subjects);
  process.on('message', (order: LoadOrder) => void answer(run, order).then((given) => process.send?.(given)));
  // What it has opened ends with it.
  process.once('disconnect', () => process.exit());
}

async function answer(run: (order: LoadOrder) => Promise<Sample>, order: LoadOrder): Promise<LoadAnswer> {
  try {
    return { sample: await run(order) };
  } catch (error) {
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function loadsOf(subjects: LoadedSubjects): (order: LoadOrder) => Promise<Sample> {
  let opened: Promise<Subject> | undefined;
  let instances: Promise<readonly Instance[]> | undefined;
  let tenants: Promise<TenantsSubject> | undefined;
  const subject = () => (opened ??= subjects.subject());
  const openAll = async () => {
    const { open } = await subject();
    return Promise.all(Array.from({ length: INSTANCES }, (_, index) => open(index)));
  };
  return async (order) => {
    switch (order.load) {
      case 'calls':
        return loadCalls(await (instances ??= openAll()), order.sampleMs);
      case 'cold':
        return loadCold(await subject(), order.sampleMs);
      case 'memory':
        return loadMemory(await subject(), order.sizes);
      case 'tenants':
        tenants ??= subjects.tenants?.();
        if (!tenants) throw new Error('This contestant has no tenants.');
        return loadTenants(await tenants, order.tenants, order.sampleMs);
    }
  };
}
