/** What no plugin may learn: planted where code that broke out would find it, and looked for in everything that comes back. */
import { fileURLToPath } from 'node:url';

const MARK = 'canary-1f8c3d';

export const PLANTED_ENV = {
  HOOKLINE_ATTACK_CANARY: `${MARK}-environment`,
  DATABASE_URL: `postgresql://${MARK}-user:${MARK}-password@db.invalid/hookline`,
} as const;

export const PLANTED_FILE = `${MARK}-file`;
export const PLANTED_CONFIG = `${MARK}-config`;

/** Where this checkout is on this machine. */
const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/[\\/]$/, '');

const HOST_FRAMES = [
  /\bat [^\n]*\(?(?:file:\/\/|node:)[^\n]*:\d+:\d+/,
  /node:internal\//,
  /\/src\/(?:sandbox|plugins|server)\//,
];

/** What of it a text holds; `hidden`: more that must not be in it, such as the data folder. */
export function findSecrets(text: string, hidden: readonly string[] = []): readonly string[] {
  const found = [MARK, CHECKOUT, process.execPath, ...hidden].filter((secret) => text.includes(secret));
  return [
    ...found,
    ...HOST_FRAMES.filter((frame) => frame.test(text)).map((frame) => `a host's stack frame (${frame})`),
  ];
}
