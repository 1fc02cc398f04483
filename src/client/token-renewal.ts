import type { HooklineClientError } from './client-error.ts';
import type { Credentials } from './credentials.ts';

/** Keeps a stream from coming back with a token that was refused, and from trying one bad token after the other. */
export interface TokenRenewal {
  /** Gets a token for the next connection. Throws the refusal when there is no other, and what getting one throws. */
  prepare(): Promise<void>;
  /** @throws the refusal, when it is the second in a row. */
  refused(token: string, refusal: HooklineClientError): void;
  accepted(): void;
}

export function createTokenRenewal(credentials: Credentials): TokenRenewal {
  let last: { readonly token: string; readonly refusal: HooklineClientError } | undefined;
  let inARow = 0;
  return {
    async prepare() {
      if ((await credentials.fresh()) === last?.token) throw last.refusal;
    },
    refused(token, refusal) {
      // One token may be refused twice: for the stream that ends with it, and then for its connection.
      if (token !== last?.token) inARow += 1;
      last = { token, refusal };
      if (inARow > 1) throw refusal;
    },
    accepted: () => void (inARow = 0),
  };
}
