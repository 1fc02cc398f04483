/** The texts that every isolate is given: the bootstrap and the SDK, with what they import. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface GuestModules {
  readonly bootstrap: string;
  readonly sdk: string;
  /** Text by path below the build's root. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The one specifier a plugin may import. */
export const SDK_SPECIFIER = 'hookline/sdk';

// In either quotes: a stripped checkout keeps ours, the compiler that makes a package writes its own.
const STATIC_IMPORT = /\b(?:from|import)\s*['"](\.{1,2}\/[^'"]+)['"]/g;

export function readGuestModules(root: string): GuestModules {
  const bootstrap = 'sandbox/guest/bootstrap.js';
  const sdk = 'sdk/index.js';
  const texts = new Map<string, string>();
  const waiting = [bootstrap, sdk];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (texts.has(path)) continue;
    const text = readFileSync(join(root, path), 'utf8');
    texts.set(path, text);
    for (const [, specifier] of text.matchAll(STATIC_IMPORT))
      if (specifier) waiting.push(resolveSpecifier(specifier, path));
  }
  return { bootstrap, sdk, texts };
}

export function resolveSpecifier(specifier: string, from: string): string {
  return posix.join(posix.dirname(from), specifier);
}
