/** Calls that were lost without being to blame run once more, on an instance that is opened for them and closed after the last. */
import type { Json } from '../json/json.ts';
import type { CallOptions, HookCall, Outcome, PluginInstance, ToolCall } from './sandbox.ts';

export class SecondChance {
  readonly #open: () => Promise<Outcome<PluginInstance>>;
  #instance: Promise<Outcome<PluginInstance>> | undefined;
  #underWay = 0;

  constructor(open: () => Promise<Outcome<PluginInstance>>) {
    this.#open = open;
  }

  /** `started`: it was told before that it has begun, which is not told twice. */
  async run(call: ToolCall | HookCall, options: CallOptions, started: boolean): Promise<Outcome<Json>> {
    this.#underWay += 1;
    this.#instance ??= this.#open();
    const opened = await this.#instance;
    const { onStart, ...rest } = options;
    const again = started || !onStart ? rest : options;
    const outcome = opened.success ? await opened.value.call(call, again) : opened;
    this.#underWay -= 1;
    if (opened.success && this.#underWay === 0) void opened.value.close();
    return outcome;
  }
}
