/** What the loads of the sandbox suite need of whoever is loaded. */

export interface Instance {
  /** Calls the tool `add`, and gives what it returned. */
  call(params: { readonly a: number; readonly b: number }): Promise<unknown>;
  close(): Promise<void>;
}

export interface Memory {
  /** Resident, of all processes that hold instances. */
  readonly bytes: number;
  readonly processes: number;
}

export interface Subject extends AsyncDisposable {
  open(tenant: number): Promise<Instance>;
  memory(): Promise<Memory>;
}

/** A thousand tenants' plugins, more than can be open at once. */
export interface TenantsSubject extends AsyncDisposable {
  call(tenant: number, plugin: number, params: { readonly a: number; readonly b: number }): Promise<unknown>;
  memory(): Promise<Memory>;
  /** Instances opened so far, and how many of them are open now. */
  counts(): { readonly opened: number; readonly open: number };
}

/** Milliseconds a call may take. */
export const TOOL_MS = 5_000;

/** Heap of one instance, in MB: as little as isolated-vm takes, and so 16 instances to a runner. */
export const HEAP_MB = 8;

/** Runners where tenants share them, each of which admits 128 MB of heaps; and so many instances at once. */
export const RUNNERS = 8;
export const CAPACITY = (RUNNERS * 128) / HEAP_MB;

/** Throws unless the tool has added. */
export function checkSum(result: unknown, sum: number): void {
  if (typeof result !== 'object' || result === null || !('data' in result) || result.data !== sum) {
    throw new Error(`It is ${sum}, and was ${JSON.stringify(result)}`);
  }
}
