/** A token, or what gets one: it is called before every request and every connection, so it should keep what it has. */
export type Token = string | (() => string | Promise<string>);

export interface Credentials {
  /** Asks for a token. Throws what the function throws. */
  fresh(): Promise<string>;
  /** The token that was got last. */
  readonly latest: string;
}

export function createCredentials(token: Token): Credentials {
  let latest = '';
  return {
    get latest() {
      return latest;
    },
    async fresh() {
      latest = typeof token === 'string' ? token : await token();
      return latest;
    },
  };
}
