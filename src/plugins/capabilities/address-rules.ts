/** Which addresses a plugin's request may go to. The arithmetic is ipaddr.js's; here is what follows from it. Pure. */
import ipaddr from 'ipaddr.js';

/** Where an address lies: on the public Internet, in a network of somebody's own, or where no request belongs. */
export type AddressScope = 'public' | 'private' | 'never';

/** What an operator may open by naming a host. Link-local is not among them: cloud machines keep their credentials there. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Addresses that are public by their range, but answer only the machine that asks: Azure's metadata and DNS. */
const MACHINE_SERVICES: ReadonlySet<string> = new Set(['168.63.129.16']);

/** All of the IPv6 Internet that has been given out (RFC 4291, IANA). */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');

/** RFC 6052's well-known prefix: an IPv4 address follows in the last 32 bits. */
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');

/** Of an IPv4 or IPv6 address as a resolver or a URL has it, without brackets. */
export function addressScope(text: string): AddressScope {
  // The notation of a zone means nothing beyond this machine.
  if (text.includes('%') || !ipaddr.isValid(text)) return 'never';
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 ? scopeOfIPv6(address) : scopeOfIPv4(address);
}

function scopeOfIPv4(address: ipaddr.IPv4): AddressScope {
  if (MACHINE_SERVICES.has(address.toString())) return 'never';
  const range = address.range();
  if (range === 'unicast') return 'public';
  return PRIVATE_RANGES.has(range) ? 'private' : 'never';
}

function scopeOfIPv6(address: ipaddr.IPv6): AddressScope {
  const embedded = embeddedIPv4(address);
  if (embedded) return scopeOfIPv4(embedded);
  const range = address.range();
  // Tunnels (6to4, Teredo, ISATAP) and compatible addresses lead to IPv4 ones that nobody checks on the way.
  if (range === 'unicast') return address.match(GLOBAL_UNICAST, 3) && !isIsatap(address) ? 'public' : 'never';
  return PRIVATE_RANGES.has(range) ? 'private' : 'never';
}

/** The IPv4 address that a mapped or a translated one stands for: the packet goes there. */
function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (!address.isIPv4MappedAddress() && !address.match(NAT64, 96)) return undefined;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

/** RFC 5214: any prefix, then 0000:5efe or 0200:5efe and an IPv4 address. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x200);
}
