/** What the server asks of a runner beside calls (frames.ts): the shape of each request, read on the runner's side. */
import { isJsonObject, type Json, type JsonObject } from '../../json/json.ts';
import { FrameError } from '../frames.ts';

export interface GuestSettings {
  readonly heapMb: number;
  readonly outputBytes: number;
  readonly inputBytes: number;
  readonly logBytes: number;
  readonly progressBytes: number;
  readonly hostCalls: number;
  readonly cpuMs: number;
}

export type RunnerRequest =
  | {
      readonly type: 'describe';
      readonly id: number;
      readonly instance: number;
      readonly code: string;
      readonly settings: GuestSettings;
      readonly ms: number;
    }
  | {
      readonly type: 'open';
      readonly id: number;
      readonly instance: number;
      /** The tenant it belongs to: an instance may run on the runner's own thread when nobody else's is there. */
      readonly owner: string;
      readonly code: string;
      readonly settings: GuestSettings;
      /** `{ tenantId, config, platformVersion }`. */
      readonly context: JsonObject;
      readonly ms: number;
    }
  | {
      readonly type: 'abort';
      readonly instance: number;
      readonly call: number;
      /** `deadline`: its time is nearly over, and it may still answer. */
      readonly why: 'cancelled' | 'deadline';
    }
  | {
      readonly type: 'answered';
      readonly instance: number;
      readonly call: number;
      readonly ask: number;
      /** As the bootstrap's `answered` takes it. */
      readonly text: string;
    }
  | { readonly type: 'elapsed'; readonly id: number; readonly instance: number; readonly call: number }
  | { readonly type: 'close'; readonly id: number; readonly instance: number; readonly ms: number }
  /** The process has nearly all the memory that it may have. */
  | { readonly type: 'full' }
  | { readonly type: 'end'; readonly id: number; readonly instance: number };

/** Throws a FrameError for anything else: the two sides are of one build, so it is a bug or worse. */
export function readRunnerRequest(head: JsonObject, body: string | undefined): RunnerRequest {
  const { type } = head;
  switch (type) {
    case 'abort':
      return {
        type,
        instance: number(head, 'instance'),
        call: number(head, 'call'),
        why: head['why'] === 'deadline' ? 'deadline' : 'cancelled',
      };
    case 'answered':
      return {
        type,
        instance: number(head, 'instance'),
        call: number(head, 'call'),
        ask: number(head, 'ask'),
        text: text(body),
      };
    case 'elapsed':
      return { type, id: number(head, 'id'), instance: number(head, 'instance'), call: number(head, 'call') };
    case 'close':
      return { type, id: number(head, 'id'), instance: number(head, 'instance'), ms: number(head, 'ms') };
    case 'full':
      return { type };
    case 'end':
      return { type, id: number(head, 'id'), instance: number(head, 'instance') };
    case 'describe':
      return {
        type,
        id: number(head, 'id'),
        instance: number(head, 'instance'),
        code: text(head['code']),
        settings: settings(head['settings']),
        ms: number(head, 'ms'),
      };
    case 'open':
      return {
        type,
        id: number(head, 'id'),
        instance: number(head, 'instance'),
        owner: text(head['owner']),
        code: text(head['code']),
        settings: settings(head['settings']),
        context: object(head['context']),
        ms: number(head, 'ms'),
      };
    default:
      throw new FrameError('A request of a runner has an unknown type.');
  }
}

function settings(value: Json | undefined): GuestSettings {
  const from = object(value);
  return {
    heapMb: number(from, 'heapMb'),
    outputBytes: number(from, 'outputBytes'),
    inputBytes: number(from, 'inputBytes'),
    logBytes: number(from, 'logBytes'),
    progressBytes: number(from, 'progressBytes'),
    hostCalls: number(from, 'hostCalls'),
    cpuMs: number(from, 'cpuMs'),
  };
}

function number(from: JsonObject, key: string): number {
  const value = from[key];
  if (typeof value !== 'number') throw new FrameError(`A request of a runner lacks "${key}".`);
  return value;
}

function text(value: Json | undefined): string {
  if (typeof value !== 'string') throw new FrameError('A request of a runner lacks its text.');
  return value;
}

function object(value: Json | undefined): JsonObject {
  if (!isJsonObject(value)) throw new FrameError('A request of a runner lacks its object.');
  return value;
}
