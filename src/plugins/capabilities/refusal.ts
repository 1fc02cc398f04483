import type { HostAnswer } from '../../sandbox/host-methods.ts';

/** Why a request of a plugin's is not granted; the message is the plugin's to read. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: Extract<HostAnswer, { success: false }>['kind'];

  constructor(kind: Refusal['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** It has no permission for this. */
export function denied(message: string): Refusal {
  return new Refusal('denied', message);
}

/** It may do such things, and did so too often for now. */
export function exhausted(message: string): Refusal {
  return new Refusal('exhausted', message);
}

/** It may do such things; this one was wrong, or did not work. */
export function refused(message: string): Refusal {
  return new Refusal('refused', message);
}
