import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';

// Outside node_modules, whose contents `npm ci` deletes.
const LOCK = 'build/setup.lock';
const LOOK_AGAIN_MS = 250;

/** Runs `work` while no other set-up of this checkout runs; waits for one that does, and takes over from a dead one. */
export async function withSetupLock(root, work) {
  const lock = path.join(root, LOCK);
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  let told = false;
  while (!tryLock(lock)) {
    const holder = holderOf(lock);
    if (holder !== undefined && !isAlive(holder)) {
      removeDead(lock, holder);
      continue;
    }
    if (!told) process.stderr.write(`Another set-up is under way (process ${holder ?? 'starting'}); waiting for it.\n`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  const release = () => fs.rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function tryLock(lock) {
  // The file appears under its name with its content: nobody reads an empty lock.
  const draft = `${lock}.${process.pid}`;
  fs.writeFileSync(draft, String(process.pid));
  try {
    fs.linkSync(draft, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function holderOf(lock) {
  try {
    return Number(fs.readFileSync(lock, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two waiters may find the same dead holder; whoever moved a living one's lock away by mistake puts it back. */
function removeDead(lock, holder) {
  const aside = `${lock}.dead.${process.pid}`;
  try {
    fs.renameSync(lock, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  try {
    if (holderOf(aside) !== holder) fs.linkSync(aside, lock);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}
