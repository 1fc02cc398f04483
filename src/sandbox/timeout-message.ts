/** Which clock ended something, in words for whoever reads its outcome. */
export function timeoutMessage(clock: 'wall' | 'processor', limitMs: number): string {
  return `It did not end within ${limitMs} ms of ${clock} time.`;
}
