/** The secret that signs tokens while nobody has set one: made once per data folder, readable by its owner alone. */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SettingsError } from '../config/settings.ts';

const FILE_NAME = 'development-secret';

/** Null when this folder has none yet. */
export async function readDevelopmentSecret(dataDir: string): Promise<string | null> {
  const file = join(dataDir, FILE_NAME);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  });
  if (text === null) return null;
  const secret = text.trim();
  if (Buffer.byteLength(secret) < 32)
    throw new SettingsError(`${file} is damaged. Delete it, and the next start makes a new one.`);
  return secret;
}

/** The folder's secret, made now if it has none. Of two processes that make one at the same time, one wins for both. */
export async function ensureDevelopmentSecret(dataDir: string): Promise<string> {
  const existing = await readDevelopmentSecret(dataDir);
  if (existing !== null) return existing;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const draft = join(dataDir, `${FILE_NAME}.${randomUUID()}`);
  try {
    const file = await open(draft, 'wx', 0o600);
    await file.writeFile(`${randomBytes(48).toString('base64url')}\n`).finally(() => file.close());
    // A link appears whole or not at all, and never replaces what is there.
    await link(draft, join(dataDir, FILE_NAME)).catch((error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readDevelopmentSecret(dataDir);
  if (made === null) throw new SettingsError(`No secret could be kept in ${dataDir}. Set HOOKLINE_JWT_SECRET.`);
  return made;
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
