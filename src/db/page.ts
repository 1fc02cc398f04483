/** A page in the shape of a Relay connection, from whichever store it comes. */
export interface PageRequest {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

export interface Page<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

export interface CountedPage<T> extends Page<T> {
  readonly totalCount: number;
}

export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 200;
