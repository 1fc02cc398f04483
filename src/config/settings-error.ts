/** A setting that cannot be used: says which, what it was, and what it may be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
