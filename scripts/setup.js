// Brings a checkout up to date: installs what the lock file says and generates what is not committed, each only when its
// inputs changed. Plain JavaScript without dependencies, because it runs before anything is installed, on the system's Node.
//
//   node scripts/setup.js                          what the server needs
//   node scripts/setup.js --tests                  and what the tests need
//   node scripts/setup.js -- node src/main.ts      then runs a command with Node 26 first on its PATH
//
// npm's pre-scripts would be the usual place, but they do not run where `ignore-scripts` is set, as it is in .npmrc.
import process from 'node:process';

const OLDEST_NODE = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  console.error(
    `Setting up needs Node ${OLDEST_NODE} or newer, and this is Node ${process.versions.node}. ` +
      'Install a newer one from https://nodejs.org (Hookline then brings its own Node 26 along).',
  );
  process.exit(1);
}

const { runSetup } = await import('./setup/run-setup.js');
process.exitCode = await runSetup(process.argv.slice(2));
