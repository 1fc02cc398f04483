import { isHostName } from './host-name.ts';

/** A host that the operator lets plugins reach although its addresses are not public. */
export interface PrivateHost {
  /** As in a URL: lower case, IDN as punycode, IPv6 in brackets, no dot at the end. */
  readonly host: string;
  /** Null: 443, and 80 for plain HTTP. */
  readonly port: number | null;
}

/** One entry, such as `intranet.example` or `localhost:8080`; undefined when it is none. */
export function readPrivateHost(text: string): PrivateHost | undefined {
  if (/[/?#@\\\s*]/.test(text) || !URL.canParse(`http://${text}`)) return undefined;
  const { hostname, port } = new URL(`http://${text}`);
  const host = hostname.replace(/\.$/, '');
  if (!isHostName(host)) return undefined;
  return { host, port: port === '' ? null : Number(port) };
}
