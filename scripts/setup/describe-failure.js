import { SetupError } from './setup-error.js';

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The sentence a person needs, or undefined for a bug. */
export function describeFailure(error, root) {
  if (error instanceof SetupError) return error.message;
  if (NOT_WRITABLE.has(error?.code)) {
    return `Set-up cannot write into ${root}: it puts node_modules, generated, build and dist there (${error.message}).`;
  }
  if (error?.code === 'ENOSPC') return `The disk is full; set-up needs about 1 GB in ${root}.`;
  return undefined;
}
