/** Whether a host is among those that `http:HOST` permissions name. Pure. */
import { isIP } from 'node:net';

/** `host` as `targetOf` has it. A name matches itself, and `*.` names below it; an address matches itself alone. */
export function isGranted(granted: readonly string[], host: string): boolean {
  const hosts = granted.filter((grant) => grant.startsWith('http:')).map((grant) => grant.slice('http:'.length));
  return hosts.some((pattern) => {
    if (!pattern.startsWith('*.')) return pattern === host;
    // "*.2.3" would else be a grant of every address that ends so.
    return !isAddress(host) && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
  });
}

export function isAddress(host: string): boolean {
  return host.startsWith('[') || isIP(host) !== 0;
}

/** As `addressScope` and `net` take it. */
export function withoutBrackets(address: string): string {
  return address.replace(/^\[|\]$/g, '');
}
