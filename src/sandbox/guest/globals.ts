/** Makes an isolate's global object what GUEST_GLOBALS says: removes the rest of the language's, adds the host's. */
import { GUEST_GLOBALS } from '../measured.ts';
import { GuestAbortController, GuestAbortSignal } from './abort.ts';
import { guestAtob, guestBtoa } from './base64.ts';
import { guestConsole } from './console.ts';
import { guestCrypto } from './random.ts';
import { guestStructuredClone } from './structured-clone.ts';
import { GuestTextDecoder, GuestTextEncoder } from './text-codec.ts';
import { guestClearTimer, guestSetInterval, guestSetTimeout } from './timers.ts';
import { GuestSearchParams } from './url/search-params.ts';
import { GuestUrl } from './url/url.ts';

const { apply, deleteProperty, ownKeys } = Reflect;
const { then } = Promise.prototype;
const resolved = Promise.resolve();
/** Its own name is not on the list. */
const globals = globalThis;

/** `keyHex`: 32 bytes that nobody can guess. */
export function settleGlobals(keyHex: string): void {
  removeCodeGeneration();
  const kept = new Set<PropertyKey>(GUEST_GLOBALS.language);
  for (const name of ownKeys(globals)) {
    if (!kept.has(name)) deleteProperty(globals, name);
    // What stays cannot be replaced: the code that stands between a plugin and the runner names some of it.
    else Object.defineProperty(globals, name, { writable: false, configurable: false });
  }
  addGlobals({
    console: guestConsole(),
    setTimeout: guestSetTimeout,
    clearTimeout: guestClearTimer,
    setInterval: guestSetInterval,
    clearInterval: guestClearTimer,
    queueMicrotask: guestQueueMicrotask,
    AbortController: GuestAbortController,
    AbortSignal: GuestAbortSignal,
    TextEncoder: GuestTextEncoder,
    TextDecoder: GuestTextDecoder,
    structuredClone: guestStructuredClone,
    crypto: guestCrypto(keyHex),
    URL: GuestUrl,
    URLSearchParams: GuestSearchParams,
    atob: guestAtob,
    btoa: guestBtoa,
  });
}

/** Every function has a way to a constructor that makes code from text; each of the four ends here. */
function removeCodeGeneration(): void {
  const functions = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const sample of functions) {
    Object.defineProperty(Object.getPrototypeOf(sample), 'constructor', {
      value: refuseCode,
      writable: false,
      configurable: false,
    });
  }
}

function refuseCode(): never {
  throw new TypeError('A plugin cannot make code from text.');
}

function addGlobals(added: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(added)) {
    if (typeof value === 'function') Object.defineProperty(value, 'name', { value: name, configurable: true });
    Object.defineProperty(globals, name, { value, writable: false, enumerable: false, configurable: false });
  }
}

function guestQueueMicrotask(callback: () => void): void {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask takes a function.');
  void apply(then, resolved, [() => callback()]);
}
