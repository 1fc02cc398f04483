/**
 * Errors whose message is written for the person at the command line. By name, because their classes live in modules
 * (database, sandbox) that a command such as `token` should not have to load.
 */
const WRITTEN_FOR_PEOPLE = new Set([
  'CliError',
  'SettingsError',
  'HooklineError',
  'DatabaseUnreachableError',
  'MigrationError',
  'FolderInUseError',
  'IsolatedVmError',
  'NodeVersionError',
  'SandboxTierError',
]);

/** One sentence for what a person can put right; the whole stack for a bug. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `Error: ${String(error)}`;
  if (WRITTEN_FOR_PEOPLE.has(error.name)) return error.message;
  return describeSystemError(error) ?? `This is a bug in Hookline, please report it:\n${error.stack ?? error.message}`;
}

function describeSystemError(
  error: NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string },
): string | undefined {
  const where = `${error.address ?? ''}:${error.port ?? ''}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `Something already listens on ${where}. Stop it, or choose another port: PORT=4001 npm start`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${where}. HOST must be one of its own, such as 127.0.0.1 or 0.0.0.0.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${error.hostname ?? where} is not known. HOST must be an address of this machine, such as 127.0.0.1.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `A folder is needed where there is a file: ${error.message}`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return error.syscall === 'listen'
        ? `Listening on ${where} is not allowed; ports below 1024 need rights. Choose another: PORT=4000`
        : `Not allowed: ${error.message}`;
    case 'ENOSPC':
      return 'The disk is full.';
    default:
      return undefined;
  }
}
