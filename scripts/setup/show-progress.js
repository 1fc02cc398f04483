import process from 'node:process';

const REPORT_EVERY_MS = 10_000;

/** How far something is: on a terminal one line that changes, elsewhere a line now and then. */
export function showProgress(title, total) {
  const started = Date.now();
  const live = process.stderr.isTTY;
  let done = 0;
  let note = '';
  const line = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const doing = note || (done === 0 ? 'downloading' : '');
    return `${title}: ${Math.min(done, total)} of about ${total}, ${seconds} s${doing && ` (${doing})`}`;
  };
  const show = () => process.stderr.write(live ? `\r\x1b[K${line()}` : `${line()}\n`);
  process.stderr.write(live ? '' : `${title} (the first time takes a minute or two)\n`);
  const timer = setInterval(show, live ? 250 : REPORT_EVERY_MS);
  return {
    advance() {
      done += 1;
      note = '';
    },
    note(text) {
      note = text;
    },
    end() {
      clearInterval(timer);
      if (live) process.stderr.write('\r\x1b[K');
    },
  };
}
