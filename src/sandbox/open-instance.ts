import type { Json } from '../json/json.ts';
import type { Frame } from './frames.ts';
import { limitsOf, type SandboxLimits } from './limits.ts';
import { afterDenial, failure, toOutcome, type Failure } from './outcomes.ts';
import type { RunnerPool } from './runner-pool.ts';
import { SandboxInstance } from './sandbox-instance.ts';
import type { CompiledPlugin, OpenOptions, Outcome, PluginInstance, SandboxEvents } from './sandbox.ts';
import { Seat } from './seat.ts';
import { SecondChance } from './second-chance.ts';

export interface OpenDeps {
  readonly pool: RunnerPool;
  readonly limits: SandboxLimits;
  readonly events: SandboxEvents;
}

/** An opening that its runner takes with it is begun again: what ended that one was not this plugin's doing. */
const OPEN_TRIES = 4;

/**
 * Finds a place, evaluates the module there, constructs the plugin and runs its `onLoad`, all but the first within `initMs`.
 * Calls that an innocent instance loses with its runner are run once more, on another instance.
 */
export function openInstance(
  deps: OpenDeps,
  compiled: CompiledPlugin,
  options: OpenOptions,
): Promise<Outcome<PluginInstance>> {
  return open(deps, compiled, options, new SecondChance(() => open(deps, compiled, options, undefined)));
}

async function open(
  deps: OpenDeps,
  compiled: CompiledPlugin,
  options: OpenOptions,
  secondChance: SecondChance | undefined,
  triesLeft = OPEN_TRIES - 1,
): Promise<Outcome<PluginInstance>> {
  const limits = limitsOf(deps.limits, options.limits);
  const { tenantId, config, platformVersion, answerHostRequest } = options;
  const onLog = deps.events.onLog?.bind(deps.events);
  const { name: pluginName, hash } = compiled;
  const shared = { tenantId, pluginName, hash, limits, onLog, answerHostRequest, secondChance };
  const instance = new SandboxInstance(shared);
  const place = await deps.pool.place(instance);
  if (!place) return deps.pool.isBeyondShare(instance) ? NO_MORE_FOR_TENANT : noPlace(deps.pool);
  const seat = new Seat(place);
  instance.sit(seat);
  const context = { tenantId, config, platformVersion };
  const request = { type: 'open' as const, owner: tenantId, code: compiled.code, settings: limits, context };
  const { answer, account } = await instance.step(seat, request, limits.initMs);
  instance.endOpening();
  if ((instance.lost || seat.passedOver) && triesLeft > 0 && !account.told)
    return open(deps, compiled, options, secondChance, triesLeft - 1);
  if (seat.failure) return seat.failure;
  const outcome = afterDenial(toOpened(answer), account.denied);
  if (outcome.success) return { success: true, value: instance };
  await seat.end(outcome);
  return outcome;
}

function toOpened(answer: Frame | undefined): Outcome<Json> {
  const refused = answer?.head['refused'];
  return typeof refused === 'string' ? failure('PLUGIN_ERROR', `It does not compile: ${refused}`) : toOutcome(answer);
}

const NO_MORE_FOR_TENANT = failure(
  'SANDBOX_UNAVAILABLE',
  "This tenant's plugins that are at work use all the room that one tenant may have; try again when some of them have ended.",
);

export function noPlace(pool: RunnerPool): Failure {
  // Why none starts is in the log and in /readyz: it may tell of this machine.
  const why =
    pool.problem === undefined ? 'All the room for plugins is in use' : 'No runner can be started at the moment';
  return failure('SANDBOX_UNAVAILABLE', `${why}; try again.`);
}
