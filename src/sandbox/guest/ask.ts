/** What a plugin asks of its host: a question goes out as text, the runner comes back with the answer. */
import type { AskHost } from '../../sdk/capabilities.ts';
import { ASK_LIMITS } from '../ask-limits.ts';
import { inputLimit, sendCounted, type Work } from './host.ts';
import { namedError } from './named-error.ts';

interface Question {
  readonly work: Work;
  readonly chars: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

const { parse, stringify } = JSON;
const { apply } = Reflect;
const { slice } = String.prototype;
const { get, set, delete: remove } = Map.prototype;
const Later = Promise;

const pending = new Map<number, Question>();
/** Not `pending.size`, which a plugin can make say anything. */
let count = 0;
let chars = 0;
let lastId = 0;

const { ofInstance, inputsOfInstance } = ASK_LIMITS;

/** `work` is asked for at each question: it answers for it, and its budget is used. */
export function askerFor(work: () => Work): AskHost {
  return (method, args) =>
    new Later((resolve, reject) => {
      const text = stringify(args);
      if (text.length > inputLimit())
        throw namedError('HostRequestError', `The arguments are longer than ${inputLimit()} bytes of JSON.`);
      if (count >= ofInstance)
        throw namedError('HostRequestError', `${ofInstance} requests to the host are under way already.`);
      if (chars + text.length > inputLimit() * inputsOfInstance)
        throw namedError(
          'HostRequestError',
          'The requests to the host that are under way already are too long in all.',
        );
      const asker = work();
      const id = ++lastId;
      sendCounted('ask', `${id} ${method} ${text}`, asker);
      apply(set, pending, [id, { work: asker, chars: text.length, resolve, reject }]);
      count += 1;
      chars += text.length;
    });
}

/** Whose question it was, or undefined when there is none of that id. */
export function askedBy(id: number): Work | undefined {
  const question = apply(get, pending, [id]) as Question | undefined;
  return question?.work;
}

/** One letter, then text: `v` a value as JSON, `d` why it is denied, `r` why it did not work. */
export function takeHostAnswer(id: number, text: string): void {
  const question = apply(get, pending, [id]) as Question | undefined;
  if (!question) return;
  apply(remove, pending, [id]);
  count -= 1;
  chars -= question.chars;
  const rest = apply(slice, text, [1]);
  if (text[0] === 'v') question.resolve(parse(rest) as never);
  else question.reject(namedError(text[0] === 'd' ? 'PermissionDeniedError' : 'HostRequestError', rest));
}
