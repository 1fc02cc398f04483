import { SetupError } from './setup-error.js';

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The sentence a person needs, or undefined for a bug. */
export function describeFailure(error, root) {
  if (error instanceof SetupError) return error.message;
  if (NOT_WRITABLE.has(error?.code)) {
    return `This folder cannot be written to: ${error.path ?? root}. Set-up puts node_modules, generated, build and dist into ${root}.`;
  }
  if (error?.code === 'ENOSPC') return `The disk is full; set-up needs about 1 GB in ${root}.`;
  return undefined;
}
