/** A row of the corpus: what a plugin tries, what the validator says of it, and how it ends where nothing reads its source. */
import type { RuleId } from '../../../src/sandbox/compiler/rules/rules.ts';
import type { ExecutionErrorCode } from '../../../src/errors/execution-error.ts';
import type { JsonObject } from '../../../src/json/json.ts';
import type { SandboxProfile } from '../../../src/sandbox/process-flags.ts';
import type { PluginHook } from '../../../src/sdk/index.ts';
import type { AttackClass } from './attack-classes.ts';

/** `OK`, the code of an execution, or that of a refusal to load with its cause. */
export type Ending =
  | 'OK'
  | ExecutionErrorCode
  | `PLUGIN_LOAD_FAILED:${ExecutionErrorCode}`
  | 'PLUGIN_COMPILE_FAILED'
  | 'PLUGIN_VALIDATION_FAILED'
  | 'PERMISSION_DENIED'
  | 'PLUGIN_INCOMPATIBLE';

/** What a case may look at itself. */
export interface CheckedAnswer {
  readonly data: unknown;
  readonly message: string;
  /** What the server logged meanwhile. */
  readonly log: readonly string[];
}

export interface AttackCase {
  /** As in the list of threats; with a letter behind it where it is a variant. */
  readonly id: string;
  readonly name: string;
  readonly of: AttackClass;
  /** What the tool `attack(params, context)` does; what it returns is what `execute` returns. May `await`. */
  readonly body?: string;
  /** Statements before the class. */
  readonly top?: string;
  /** More members of the class, such as `onLoad`. */
  readonly members?: string;
  /** Instead of all of the above: the whole source, in which NAME is the plugin's name. */
  readonly source?: string;
  readonly language?: 'ts' | 'js';
  readonly params?: JsonObject;
  readonly config?: JsonObject;
  readonly permissions?: readonly string[];
  readonly grants?: readonly string[];
  /** Processor time for a call, where that of the others would be over before the attack has done what it is about. */
  readonly cpuMs?: number;
  /** A JSON Schema of what the tool answers. */
  readonly result?: JsonObject;
  /** What is done with the plugin; default `call`. */
  readonly by?: 'call' | 'enable' | 'hook' | 'disable';
  readonly hook?: PluginHook;
  /** `accepted`, or a rule of which one must be found first. */
  readonly validator: 'accepted' | readonly RuleId[];
  /** How it may end without the validator; undefined where only the validator has anything to do with it. */
  readonly contained?: readonly Ending[];
  /** Where the jit profile may end otherwise. */
  readonly containedInJit?: readonly Ending[];
  /** What else must be true of what it answered; says what is wrong. */
  readonly check?: (seen: CheckedAnswer, profile: SandboxProfile) => string | undefined;
  /** False where the attack leaves its own instance unable to answer `ping` and that is no fault. */
  readonly survives?: boolean;
  /** It cannot be put to another host's plugin, as it is about Hookline's own ways. */
  readonly notElsewhere?: true;
}
