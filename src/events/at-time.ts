/** The longest delay setTimeout takes; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Calls back at a moment (milliseconds since the epoch), however far away. Does not keep the process alive. Returns its undo. */
export function atTime(moment: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = moment - Date.now();
    timer = left > TIMER_MAX_MS ? setTimeout(wait, TIMER_MAX_MS) : setTimeout(callback, Math.max(0, left));
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
