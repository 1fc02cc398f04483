import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { executionError } from '../../src/errors/execution-error.ts';
import type { HookStep, StepOutcome } from '../../src/events/records.ts';
import { createDurations, DURATIONS_WINDOW_MS } from '../../src/plugins/durations.ts';
import { createHookStats } from '../../src/plugins/hook-stats.ts';

const TENANT = '00000000-0000-4000-8000-00000000000a';
const OTHER = '00000000-0000-4000-8000-00000000000b';
const HOUR = DURATIONS_WINDOW_MS;

function step(pluginName: string, outcome: StepOutcome = 'CONTINUED', durationMs = 1): HookStep {
  const failed = outcome === 'FAILED' || outcome === 'TIMED_OUT';
  const error = failed ? executionError(outcome === 'FAILED' ? 'PLUGIN_ERROR' : 'TIMEOUT', 'It failed.') : null;
  return { pluginName, pluginVersion: '1.0.0', mode: 'mutate', outcome, durationMs, patch: null, error };
}

describe('counts', () => {
  test('fired is what began, failed is of these, and each has its own time', () => {
    let now = Date.parse('2026-11-27T12:00:00.000Z');
    const stats = createHookStats({ now: () => now });
    stats.record(TENANT, 'ON_ERROR', [step('a', 'TIMED_OUT'), step('b', 'SKIPPED')]);
    now += 1_000;
    stats.record(TENANT, 'ON_ERROR', [step('a', 'FAILED'), step('b')]);
    now += 1_000;
    stats.record(TENANT, 'ON_ERROR', [step('a', 'BLOCKED')]);
    expect(stats.of(TENANT, 'a', 'ON_ERROR')).toMatchObject({
      firedCount: 3,
      failedCount: 2,
      lastFiredAt: '2026-11-27T12:00:02.000Z',
      lastFailedAt: '2026-11-27T12:00:01.000Z',
      lastFailureCode: 'PLUGIN_ERROR',
    });
    expect(stats.of(TENANT, 'b', 'ON_ERROR')).toMatchObject({ firedCount: 1, failedCount: 0, lastFailedAt: null });
    expect(stats.of(TENANT, 'a', 'BEFORE_AGENT_RUN')).toMatchObject({ firedCount: 0, lastFiredAt: null, p50Ms: null });
    expect(stats.of(OTHER, 'a', 'ON_ERROR')).toMatchObject({ firedCount: 0 });
  });

  test('beyond the most, those that fired longest ago are forgotten', () => {
    let now = 1;
    const stats = createHookStats({ most: 20, now: () => (now += 1) });
    for (let n = 0; n < 20; n += 1) stats.record(TENANT, 'ON_ERROR', [step(`p${n}`)]);
    stats.record(TENANT, 'ON_ERROR', [step('p0')]);
    stats.record(TENANT, 'ON_ERROR', [step('one-more')]);
    const kept = Array.from({ length: 20 }, (_, n) => stats.of(TENANT, `p${n}`, 'ON_ERROR').firedCount > 0);
    expect(kept.map((isKept, n) => (isKept ? null : n)).filter((n) => n !== null)).toEqual([1, 2]);
    expect(stats.of(TENANT, 'one-more', 'ON_ERROR').firedCount).toBe(1);
  });

  test('a plugin that leaves the catalog is forgotten: one of a tenant for it, a global one for all', () => {
    const stats = createHookStats();
    for (const tenant of [TENANT, OTHER]) stats.record(tenant, 'ON_ERROR', [step('a'), step('ab'), step('b')]);
    stats.forget({ name: 'a', tenantId: TENANT });
    stats.forget({ name: 'b', tenantId: null });
    const fired = (tenant: string) => ['a', 'ab', 'b'].map((name) => stats.of(tenant, name, 'ON_ERROR').firedCount);
    expect(fired(TENANT)).toEqual([0, 1, 0]);
    expect(fired(OTHER)).toEqual([1, 1, 0]);
  });
});

describe('durations', () => {
  test('quantiles are at most 9 % too much, and never too little', () => {
    const ms = fc.double({ min: 0.011, max: 80_000, noNaN: true });
    const property = fc.property(fc.array(ms, { minLength: 1, maxLength: 200 }), (values) => {
      const durations = createDurations();
      for (const value of values) durations.record(value, 0);
      const sorted = values.toSorted((a, b) => a - b);
      for (const share of [0.5, 0.99]) {
        const exact = sorted[Math.ceil(values.length * share) - 1] ?? NaN;
        const told = durations.quantile(share, 0) ?? NaN;
        // Told to a microsecond.
        expect(told).toBeGreaterThanOrEqual(exact - 0.0006);
        expect(told).toBeLessThanOrEqual(exact * 1.0906 + 0.0006);
      }
    });
    fc.assert(property);
  });

  test('are of this hour and the one before', () => {
    const durations = createDurations();
    const at = (hour: number) => hour * HOUR + 1;
    durations.record(1_000, at(5));
    durations.record(1, at(6));
    durations.record(1, at(6));
    expect(durations.quantile(0.99, at(6))).toBeGreaterThan(999);
    expect(durations.quantile(0.5, at(6))).toBeLessThan(1.1);
    expect(durations.quantile(0.99, at(7))).toBeLessThan(1.1);
    expect(durations.quantile(0.99, at(8))).toBeNull();
    durations.record(5, at(20));
    expect(durations.quantile(0.5, at(20))).toBeGreaterThanOrEqual(5);
    expect(durations.quantile(0.5, at(22))).toBeNull();
  });

  test('what is shorter or longer than any bucket is in the first or the last', () => {
    const durations = createDurations();
    durations.record(0, 0);
    expect(durations.quantile(0.5, 0)).toBe(0.01);
    durations.record(10_000_000, 0);
    expect(durations.quantile(0.99, 0)).toBeGreaterThan(70_000);
  });
});
