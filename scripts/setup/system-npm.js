import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { SetupError } from './setup-error.js';

/**
 * How to start npm on a Node outside this checkout. `npm ci` deletes node_modules, and with it the Node 26 that npm's
 * own PATH puts first: neither npm nor anything it starts may run on that one.
 */
export function systemNpm(root) {
  const inside = path.join(root, 'node_modules') + path.sep;
  const node = [process.env.npm_node_execpath, ...onPath('node')].find((file) => file && isOutside(file, inside));
  const cli = process.env.npm_execpath;
  if (node && cli && path.basename(cli) === 'npm-cli.js' && fs.existsSync(cli)) {
    return { program: node, args: [cli], shell: false };
  }
  const npm = onPath('npm').find((file) => isOutside(file, inside));
  if (!npm) throw new SetupError('npm was not found. It comes with Node: https://nodejs.org');
  // Windows starts .cmd files through a shell only.
  return process.platform === 'win32'
    ? { program: 'npm', args: [], shell: true }
    : { program: npm, args: [], shell: false };
}

function isOutside(file, inside) {
  return fs.existsSync(file) && !path.resolve(file).startsWith(inside) && !fs.realpathSync(file).startsWith(inside);
}

function onPath(name) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => endings.map((ending) => path.join(folder, name + ending)));
}
