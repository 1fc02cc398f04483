import { HooklineError } from '../errors/hookline-error.ts';

/** For what comes, or is still followed, when the server has been asked to stop. */
export function stopping(whatToDo: string): HooklineError {
  return new HooklineError('SERVICE_UNAVAILABLE', `The server is stopping. ${whatToDo}`, { retryAfterS: 1 });
}
