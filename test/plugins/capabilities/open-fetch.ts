/** `http.fetch` as a plugin has it, over the network that a test makes up. */
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CAPABILITY_LIMITS, type CapabilityLimits } from '../../../src/config/capability-limits.ts';
import { readPrivateHost } from '../../../src/config/private-hosts.ts';
import { createFetch } from '../../../src/plugins/capabilities/fetch.ts';
import type { ResolveName } from '../../../src/plugins/capabilities/resolve-host.ts';
import { createCapabilities, type PluginFetch } from '../../../src/sdk/capabilities.ts';

export interface FetchOptions {
  /** Hosts, or `HOST:PORT`. */
  readonly privateHosts?: readonly string[];
  readonly grants?: readonly string[];
  readonly resolve?: ResolveName;
  readonly limits?: Partial<CapabilityLimits>;
  readonly signal?: AbortSignal;
}

export const DEFAULT_CAPABILITY_LIMITS = Object.fromEntries(
  Object.entries(CAPABILITY_LIMITS).map(([name, limit]) => [name, limit.default]),
) as CapabilityLimits;

export function openFetch({ privateHosts = [], grants = [], resolve, limits, signal }: FetchOptions): PluginFetch {
  const byDns = resolve ?? (() => Promise.resolve(['127.0.0.1']));
  const answer = createFetch({
    limits: { ...DEFAULT_CAPABILITY_LIMITS, ...limits },
    privateHosts: privateHosts.map((text) => readPrivateHost(text)!),
    resolvers: { byDns, bySystem: byDns },
  });
  const asker = { tenantId: 'a', pluginName: 'fetcher', granted: grants.map((host) => `http:${host}`) };
  const request = { call: null, signal: signal ?? new AbortController().signal };
  return createCapabilities((_method, args) => answer(asker, args, request)).fetch;
}

export interface LocalServer extends AsyncDisposable {
  readonly port: number;
}

export async function listen(handle: RequestListener): Promise<LocalServer> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
