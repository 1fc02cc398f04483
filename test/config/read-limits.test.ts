/** The settings of the limits: a default, and the most that a plugin may wish for. */
import { expect, test } from 'vitest';
import { limitSetting, readLimits } from '../../src/config/read-limits.ts';
import { DEFAULT_POLICY, LIMIT_NAMES, SANDBOX_LIMITS } from '../../src/config/sandbox-limits.ts';
import { readSettings, SettingsError } from '../../src/config/settings.ts';

test('without settings are those of the table', () => {
  expect(readLimits({})).toEqual(DEFAULT_POLICY);
  expect(readSettings({}).limits).toEqual(DEFAULT_POLICY);
});

test.each(LIMIT_NAMES)('%s has a setting, named after it', (name) => {
  const { default: usual, max } = SANDBOX_LIMITS[name];
  const read = (value: string) => {
    const { defaults, most } = readSettings({ [limitSetting(name)]: value }).limits;
    return [defaults[name], most[name]];
  };
  expect(limitSetting(name)).toMatch(/^HOOKLINE_LIMIT_([A-Z]+_)+(MB|MS|BYTES|CALLS|TOKENS|ONCE|WAITING)$/);
  expect(read(`${max}`)).toEqual([max, max]);
  expect(read(` ${usual}:${usual} `)).toEqual([usual, usual]);
  expect(read('')).toEqual([usual, max]);
  for (const value of [
    '0',
    `${max + 1}`,
    `${usual}:${max + 1}`,
    '-1',
    '1.5',
    'many',
    `${usual}:`,
    ':8',
    `${usual}:${usual}:1`,
  ]) {
    expect(() => read(value)).toThrow(SettingsError);
  }
  if (usual > 8) expect(() => read(`${usual}:8`)).toThrow(/cannot be below the first/);
});

test('one number is for every plugin, whatever it wishes for', () => {
  const { defaults, most } = readLimits({ HOOKLINE_LIMIT_HEAP_MB: '48' });
  expect([defaults.heapMb, most.heapMb]).toEqual([48, 48]);
});

test('what is wrong is told in a sentence', () => {
  expect(() => readLimits({ HOOKLINE_LIMIT_HEAP_MB: '4' })).toThrow(
    'HOOKLINE_LIMIT_HEAP_MB is "4"; it must be a whole number from 8 to 128, or two such as 32:128, of which the second is the most a plugin may wish for.',
  );
});
