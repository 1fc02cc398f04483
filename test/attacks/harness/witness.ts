/** A subscriber of the attacked tenant: what everybody who follows it is told. */
import { HookInvokedDocument, ToolExecutedDocument } from '../../../generated/graphql/graphql.ts';
import { follow, openSocket } from '../../rig/graphql-client.ts';

export interface Witness extends AsyncDisposable {
  /** Every event so far, a text of JSON each; grows. */
  readonly events: readonly string[];
  /** The codes with which an execution was said to have ended; `OK` without one. */
  endings(executionId: string): readonly string[];
}

export function startWitness(url: string, token: string): Witness {
  const client = openSocket(url, token);
  const events: string[] = [];
  const endings: { readonly id: string; readonly code: string }[] = [];
  const executions = follow(client, ToolExecutedDocument, {});
  const invocations = follow(client, HookInvokedDocument, {});
  void (async () => {
    for await (const { data } of executions) {
      events.push(JSON.stringify(data));
      const event = data?.toolExecuted;
      if (event?.kind === 'COMPLETED') {
        endings.push({ id: event.execution.id, code: event.execution.error?.code ?? 'OK' });
      }
    }
  })().catch((error: unknown) => events.push(`the subscription ended: ${String(error)}`));
  void (async () => {
    for await (const { data } of invocations) events.push(JSON.stringify(data));
  })().catch((error: unknown) => events.push(`the subscription ended: ${String(error)}`));
  return {
    events,
    endings: (executionId) => endings.filter(({ id }) => id === executionId).map(({ code }) => code),
    async [Symbol.asyncDispose]() {
      await Promise.all([executions.return?.(), invocations.return?.()]);
      await client.dispose();
    },
  };
}
