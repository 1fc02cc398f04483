/** Something the person at the command line can put right: the message is all that is printed. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
