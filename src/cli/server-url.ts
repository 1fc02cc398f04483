import { isIPv6 } from 'node:net';
import type { Settings } from '../config/settings.ts';
import { CliError } from './cli-error.ts';

/** Where the running server is: what was asked for, or where the settings put it. */
export function serverUrl(settings: Settings, url: string | undefined): string {
  if (url === undefined) return `http://${reachableHost(settings.host)}:${settings.port}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CliError(`--url is "${url}"; it must be a URL such as http://127.0.0.1:4000.`);
  }
  return url.replace(/\/+$/, '');
}

/** A server that listens on every address is reached on the loopback one. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}
