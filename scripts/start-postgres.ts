import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
}

/** A PostgreSQL to test on: the given one, or a fresh one that goes when it is disposed of. */
export async function startPostgres(url: string | undefined): Promise<PostgresServer> {
  if (url) return { url, [Symbol.asyncDispose]: async () => {} };
  const bin = findPostgres();
  if (!bin) {
    console.error(
      'PostgreSQL is not installed here. On Debian: apt-get install postgresql. Or set HOOKLINE_TEST_DATABASE_URL.',
    );
    process.exit(1);
  }
  const owner = ownerOfServer();
  const folder = mkdtempSync(join(tmpdir(), 'hookline-postgres-'));
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const run = (program: string, ...args: string[]) =>
    execFileSync(join(bin, program), args, { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const port = await freePort();
  try {
    run('initdb', '--pgdata', data, '--username', 'hookline', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync');
    const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`;
    run('pg_ctl', 'start', '--pgdata', data, '--wait', '--silent', '--log', join(folder, 'log'), '--options', settings);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `postgresql://hookline@127.0.0.1:${port}/postgres`,
    async [Symbol.asyncDispose]() {
      run('pg_ctl', 'stop', '--pgdata', data, '--mode', 'immediate', '--silent');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of its programs; undefined where it is not installed. Debian keeps them off the PATH, by version. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

/** PostgreSQL refuses to run as root, so there it runs as the user its package made. */
function ownerOfServer(): Pick<ExecFileSyncOptions, 'uid' | 'gid'> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
