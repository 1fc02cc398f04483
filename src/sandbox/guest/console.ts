/** `console` for isolates: it writes to the plugin's log. */
import { log } from './host.ts';

const { stringify } = JSON;
const { freeze } = Object;
const { apply } = Reflect;
const { get, set, delete: remove } = Map.prototype;
const toText = String;

type Level = 'debug' | 'info' | 'warn' | 'error';
type Print = (...values: unknown[]) => void;

export function guestConsole(): object {
  const print =
    (level: Level): Print =>
    (...values) =>
      log(level, sentence(values));
  const counts = new Map<string, number>();
  const info = print('info');
  return freeze({
    debug: print('debug'),
    trace: print('debug'),
    log: info,
    info,
    dir: info,
    warn: print('warn'),
    error: print('error'),
    assert(condition?: unknown, ...values: unknown[]) {
      if (!condition) log('error', `Assertion failed${values.length > 0 ? `: ${sentence(values)}` : ''}`);
    },
    count(label: unknown = 'default') {
      const name = toText(label);
      const count = ((apply(get, counts, [name]) as number | undefined) ?? 0) + 1;
      apply(set, counts, [name, count]);
      log('info', `${name}: ${count}`);
    },
    countReset(label: unknown = 'default') {
      apply(remove, counts, [toText(label)]);
    },
    // A line of the log stands for itself, so a group is no more than its heading.
    group: info,
    groupCollapsed: info,
    groupEnd() {},
  });
}

function sentence(values: readonly unknown[]): string {
  let text = '';
  for (let index = 0; index < values.length; index += 1) text += (index === 0 ? '' : ' ') + word(values[index]);
  return text;
}

/** Reading a value may run the plugin's own getters, which may throw. */
function word(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    if (typeof value !== 'object' || value === null) return toText(value);
    return value instanceof Error ? `${value.name}: ${value.message}` : (stringify(value) ?? 'undefined');
  } catch {
    return '[object]';
  }
}
