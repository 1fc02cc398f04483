// What each generating step last ran for: one hash per step, in build/ (git-ignored), so that deleting build/ redoes them.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const STAMPS = 'build/setup.json';

export function readStamps(root) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, STAMPS), 'utf8'));
  } catch {
    return {};
  }
}

export function writeStamp(root, name, hash) {
  writeFileWhole(path.join(root, STAMPS), `${JSON.stringify({ ...readStamps(root), [name]: hash }, null, 2)}\n`);
}

/** A reader sees the old file or the new one, never half of it. */
export function writeFileWhole(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, text);
  fs.renameSync(draft, file);
}

/** Hash of the names and contents of files and of everything below folders; what does not exist counts as empty. */
export function hashPaths(root, paths) {
  const hash = crypto.createHash('sha256');
  for (const relative of paths.flatMap((entry) => filesBelow(root, entry)).sort()) {
    hash
      .update(`${relative}\0`)
      .update(fs.readFileSync(path.join(root, relative)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(root, relative) {
  const stat = fs.statSync(path.join(root, relative), { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [relative];
  return fs.readdirSync(path.join(root, relative)).flatMap((entry) => filesBelow(root, `${relative}/${entry}`));
}
