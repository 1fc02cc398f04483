import type { BenchOptions, Contest, Probe, Sample } from './contest.ts';

export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The median as a multiple of the first contestant's. */
  readonly ratio: number;
}

export interface ContestResult {
  readonly title: string;
  readonly about: string;
  readonly metrics: Contest['metrics'];
  readonly rows: readonly { readonly name: string; readonly figures: Readonly<Record<string, Figure>> }[];
}

/** Opens every contestant, warms each up with one sample, then takes one of each in turn: what disturbs, disturbs all. */
export async function runContest(
  contest: Contest,
  { rounds }: Pick<BenchOptions, 'rounds'>,
  onSample: (name: string, round: number) => void = () => {},
): Promise<ContestResult> {
  await using open = new AsyncDisposableStack();
  const entrants: { name: string; probe: Probe; samples: Sample[] }[] = [];
  for (const { name, open: openProbe } of contest.contestants) {
    entrants.push({ name, probe: open.use(await openProbe()), samples: [] });
  }
  const { roundsAtMost = rounds, cold = false } = contest;
  for (let round = cold ? 1 : 0; round <= Math.min(rounds, roundsAtMost); round += 1) {
    for (const { name, probe, samples } of entrants) {
      onSample(name, round);
      const sample = await probe.measure();
      if (round > 0) samples.push(sample);
    }
  }
  const { title, about, metrics } = contest;
  return { title, about, metrics, rows: rowsOf(metrics, entrants) };
}

function rowsOf(
  metrics: Contest['metrics'],
  entrants: readonly { name: string; samples: readonly Sample[] }[],
): ContestResult['rows'] {
  const valuesOf = (samples: readonly Sample[], key: string) => samples.map((sample) => sample[key] ?? NaN);
  const [first] = entrants;
  const base = (key: string) => median(valuesOf(first?.samples ?? [], key));
  return entrants.map(({ name, samples }) => ({
    name,
    figures: Object.fromEntries(
      metrics.map(({ key }) => {
        const values = valuesOf(samples, key);
        const figure = { median: median(values), min: Math.min(...values), max: Math.max(...values) };
        return [key, { ...figure, ratio: figure.median / base(key) }];
      }),
    ),
  }));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}
