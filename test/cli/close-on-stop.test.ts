import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CliIo } from '../../src/cli/cli-io.ts';
import { closeOnStop } from '../../src/cli/close-on-stop.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A terminal whose keys the test presses. */
function terminal() {
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const exits: number[] = [];
  let said = '';
  const io: CliIo = {
    env: {},
    cwd: '/',
    out: () => {},
    err: (text) => (said += text),
    write: async () => {},
    isTerminal: false,
    onReaderGone: () => () => {},
    exit: (code) => exits.push(code),
    onBug: () => () => {},
    onStopSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const press = (signal: NodeJS.Signals) => listeners.forEach((listener) => listener(signal));
  return { io, press, exits, listeners, said: () => said };
}

test('the first signal closes and lets go of the signals', async () => {
  const { io, press, exits, listeners, said } = terminal();
  const closed = closeOnStop(io).close({ close: async () => {} });
  press('SIGTERM');
  expect(await closed).toBe(0);
  expect(said()).toMatch(/^SIGTERM: /);
  expect({ exits, listeners: listeners.size }).toEqual({ exits: [], listeners: 0 });
});

test('a signal that comes while the app still starts is not lost', async () => {
  const { io, press } = terminal();
  const stop = closeOnStop(io);
  press('SIGINT');
  expect(await stop.close({ close: async () => {} })).toBe(0);
});

test('the same key press may arrive twice; a later one ends at once', () => {
  const { io, press, exits } = terminal();
  void closeOnStop(io).close({ close: () => new Promise(() => {}) });
  press('SIGINT');
  vi.advanceTimersByTime(400);
  press('SIGINT');
  expect(exits).toEqual([]);
  vi.advanceTimersByTime(200);
  press('SIGINT');
  expect(exits).toEqual([130]);
});

test('what does not close within ten seconds is left behind, with a failure', async () => {
  const { io, press, said } = terminal();
  const closed = closeOnStop(io).close({ close: () => new Promise(() => {}) });
  press('SIGTERM');
  await vi.advanceTimersByTimeAsync(9_999);
  expect(said()).not.toContain('ending it now');
  await vi.advanceTimersByTimeAsync(1);
  expect(await closed).toBe(1);
  expect(said()).toContain('Not everything ended within 10 s; ending it now.');
});

test('an app that has met a bug closes in order, and ends with a failure', async () => {
  const { io, listeners } = terminal();
  const stop = closeOnStop(io);
  let closed = 0;
  const code = stop.close({ close: async () => void (closed += 1) });
  stop.fail();
  stop.fail();
  expect(await code).toBe(1);
  expect({ closed, listeners: listeners.size }).toEqual({ closed: 1, listeners: 0 });
});

test('an app that fails to close says why', async () => {
  const { io, press } = terminal();
  const closed = closeOnStop(io).close({ close: () => Promise.reject(new Error('The disk went away.')) });
  press('SIGTERM');
  await expect(closed).rejects.toThrow('The disk went away.');
});
