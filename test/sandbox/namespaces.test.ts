/** A network of its own for each child, where the machine offers it; where not, that is told. */
import { readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findNamespaces } from '../../src/sandbox/namespaces.ts';
import { missingHardening } from '../../src/sandbox/process-flags.ts';
import { childrenOf } from './processes.ts';
import { openSandbox } from './rig.ts';

const namespaces = findNamespaces();

test.runIf(namespaces.missing === undefined)('runner and compiler have a network and users of their own', async () => {
  await using sandbox = await openSandbox();
  await sandbox.compile({ name: 'sample', language: 'js', text: 'export default class {}' });
  const children = childrenOf(process.pid, 'sandbox');
  expect(children).toHaveLength(2);
  for (const pid of children) {
    for (const kind of ['net', 'user', 'ipc']) {
      expect(readlinkSync(`/proc/${pid}/ns/${kind}`)).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
    }
  }
  expect(sandbox.health().missing).toEqual(missingHardening('hardened'));
});

test.each(['/no/such/unshare', '/bin/false'])(
  'a machine where %s is what there is tells so, and goes on',
  (unshare) => {
    const { prefix, missing } = findNamespaces(unshare);
    expect(prefix).toBe('');
    expect(missing).toMatch(/network namespace/);
    expect(missingHardening('hardened', { prefix, missing })).toContain(missing);
    expect(missingHardening('jit', { prefix, missing })).not.toContain(missing);
  },
);
