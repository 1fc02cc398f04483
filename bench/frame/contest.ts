/** What a suite declares: contests, each measured over several contestants in the same run. */

export interface Metric {
  readonly key: string;
  readonly title: string;
  /** An empty unit: a plain number. */
  readonly unit: 'µs' | 'ms' | '/s' | 'MB' | 'kB' | '';
  /** Without its range, where a table would be too wide. */
  readonly bare?: boolean;
}

/** One sample of every metric, by its key. */
export type Sample = Readonly<Record<string, number>>;

export interface Probe extends AsyncDisposable {
  /** Takes one sample. Rejects when what it measures does not do what it should. */
  measure(): Promise<Sample>;
}

export interface Contestant {
  readonly name: string;
  open(): Promise<Probe>;
}

export interface Contest {
  readonly title: string;
  /** What is measured, and how, in a sentence or two. */
  readonly about: string;
  readonly metrics: readonly Metric[];
  /** The first is what the others are compared with. */
  readonly contestants: readonly Contestant[];
  /** Where a sample takes long. */
  readonly roundsAtMost?: number;
  /** Each sample begins anew, so that none has to be thrown away. */
  readonly cold?: boolean;
}

export interface BenchOptions {
  /** How long a sample that counts calls goes on. */
  readonly sampleMs: number;
  /** Samples per contestant, after one that is thrown away. */
  readonly rounds: number;
  /** Only to see that it works: what is large may be smaller. */
  readonly quick: boolean;
}

export interface Suite {
  readonly name: string;
  contests(options: BenchOptions): readonly Contest[];
}
