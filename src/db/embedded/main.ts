/**
 * The process of the embedded database. PostgreSQL as WebAssembly computes where it is called, tens of milliseconds for a large
 * batch, and takes half a gigabyte, which makes each start of a child slow; here both are nobody else's.
 */
import { createEngine, type Engine } from './engine.ts';
import { toPlainError } from './plain-error.ts';
import { FIRST_ANSWER, UPKEEP_FAILED, type Answer, type Asked, type EmbeddedOptions } from './requests.ts';

// Without whoever asks there is nothing to do, whatever ended it.
process.on('disconnect', () => process.exit());
// Those are for the server, which has things to write before it ends this.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function answer(id: number, work: () => Promise<unknown>): Promise<void> {
  const told: Answer = await work().then(
    (value) => ({ id, value }),
    (error: unknown) => ({ id, error: toPlainError(error) }),
  );
  process.send?.(told);
}

function tellUpkeepFailed(step: string, error: unknown): void {
  const why = toPlainError(error);
  process.send?.({ id: UPKEEP_FAILED, error: { ...why, message: `${step}: ${why.message}` } } satisfies Answer);
}

let engine: Engine | undefined;
process.once('message', (options: EmbeddedOptions) => {
  process.on('message', ({ id, request }: Asked) => void answer(id, async () => engine?.(request)));
  void answer(FIRST_ANSWER, async () => void (engine = await createEngine(options, tellUpkeepFailed)));
});
