/** What a tool tells while it runs, gathered into so few events that it cannot flood the journal. */
import { PAYLOAD_PART_MAX_BYTES } from '../events/cap-payload.ts';
import type { ToolExecuted } from '../events/records.ts';
import type { Json } from '../json/json.ts';

/** Between two events of one execution, unless parts fill one sooner. */
export const PROGRESS_EVERY_MS = 100;
/** The longest part of a result, and all parts of one event, as JSON. */
export const PART_MAX_BYTES = PAYLOAD_PART_MAX_BYTES;

/** The newest progress, and the parts since the last report. */
export type ProgressReport = Pick<ToolExecuted, 'progress' | 'parts'>;

export interface ProgressReports {
  /** `part`: its number, for a part of the result. Of progress only the newest is kept; parts all are. */
  tell(data: Json, part?: number): void;
  /** What is still to be reported, or null. Whatever is told from then on is not. */
  end(): ProgressReport | null;
}

/** `report` is called at once for what comes first, and then every PROGRESS_EVERY_MS while there is something. */
export function createProgressReports(report: (gathered: ProgressReport) => void): ProgressReports {
  let gathered = createGathering();
  let clock: NodeJS.Timeout | undefined;
  let ended = false;

  function flush(): void {
    clearTimeout(clock);
    const taken = gathered.take();
    gathered = createGathering();
    clock = taken ? setTimeout(flush, PROGRESS_EVERY_MS) : undefined;
    if (taken) report(taken);
  }

  return {
    tell(data, part) {
      if (ended) return;
      if (part === undefined) gathered.progress(data);
      else if (!gathered.part(data, part)) {
        flush();
        gathered.part(data, part);
      }
      if (!clock) flush();
    },
    end() {
      ended = true;
      clearTimeout(clock);
      return gathered.take();
    },
  };
}

/** What goes into one event. */
function createGathering() {
  let progress: { readonly data: Json } | undefined;
  let parts: { readonly from: number; readonly data: Json[] } | undefined;
  let bytes = 0;
  return {
    progress(data: Json) {
      progress = { data };
    },
    /** False when it has to go into another event: there is no room, or one between is lost. */
    part(data: Json, number: number): boolean {
      bytes += Buffer.byteLength(JSON.stringify(data));
      parts ??= { from: number, data: [] };
      if (parts.data.length > 0 && (bytes > PART_MAX_BYTES || number !== parts.from + parts.data.length)) return false;
      parts.data.push(data);
      return true;
    },
    take(): ProgressReport | null {
      if (!progress && !parts) return null;
      return { ...(progress ? { progress: progress.data } : {}), ...(parts ? { parts } : {}) };
    },
  };
}
