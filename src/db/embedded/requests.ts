/** What the server asks the process of the embedded database to do, and how that answers. */
import type { IsolationLevel, SqlQuery, SqlResultSet, Transaction } from '@prisma/driver-adapter-utils';
import type { StatementText } from '../prepared-statement.ts';
import type { PlainError } from './plain-error.ts';

/** `transaction`: a number that whoever asks has chosen, never twice; absent: the statement is one of its own. */
export type Request =
  | { readonly do: 'query'; readonly query: SqlQuery; readonly transaction: number | undefined }
  | { readonly do: 'execute'; readonly query: SqlQuery; readonly transaction: number | undefined }
  | { readonly do: 'script'; readonly script: string }
  | { readonly do: 'begin'; readonly isolation: IsolationLevel | undefined; readonly transaction: number }
  | { readonly do: 'commit'; readonly transaction: number }
  | { readonly do: 'rollback'; readonly transaction: number }
  | { readonly do: 'run'; readonly statement: StatementText; readonly values: readonly (string | null)[] }
  | { readonly do: 'close' };

export interface Results {
  readonly query: SqlResultSet;
  readonly execute: number;
  readonly script: void;
  readonly begin: Transaction['options'];
  readonly commit: void;
  readonly rollback: void;
  readonly run: readonly (readonly (string | null)[])[];
  readonly close: void;
}

export type RequestTo<Kind extends keyof Results> = Extract<Request, { readonly do: Kind }>;

export interface Asked {
  readonly id: number;
  readonly request: Request;
}

export type Answer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: PlainError };

/** The id of the answer that tells that the database is open, or why it is not. */
export const FIRST_ANSWER = 0;

/** The id of an answer that nobody asked for: an error of the upkeep. */
export const UPKEEP_FAILED = -1;

/** The first message. */
export interface EmbeddedOptions {
  /** The data folder, absolute; absent: in memory. */
  readonly dataDir?: string | undefined;
  /** The archive of a database to begin with, in memory. */
  readonly template?: string | undefined;
}
