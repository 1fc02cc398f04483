import { addressScope, type AddressScope } from './address-rules.ts';
import { isAddress, withoutBrackets } from './host-grants.ts';

/** Of what can be told of a host without asking for the addresses of a name. Pure. */
export function hostScope(host: string): AddressScope {
  if (isLocalName(host)) return 'private';
  return isAddress(host) ? addressScope(withoutBrackets(host)) : 'public';
}

/** RFC 6761: this machine, whether or not a name server has heard of it. */
export function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}
