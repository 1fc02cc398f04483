const LABEL = '[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?';
const HOST = new RegExp(`^(${LABEL}(\\.${LABEL})*|\\[[0-9a-f:]+\\])$`);

/** Whether a host is written as URLs have it in the end: lower case, punycode, IPv6 in brackets, no dot at the end. */
export function isHostName(text: string): boolean {
  return HOST.test(text);
}
