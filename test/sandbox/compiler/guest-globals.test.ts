import { expect, test } from 'vitest';
import { GUEST_GLOBALS } from '../../../src/sandbox/measured.ts';
import { openPlugin, openSandbox, run, toolPlugin } from '../rig.ts';

test('every global that the validator accepts is there in an isolate', async () => {
  await using sandbox = await openSandbox();
  const names = [...GUEST_GLOBALS.language, ...GUEST_GLOBALS.host].filter((name) => name !== 'undefined');
  const kinds = names.map((name) => `['${name}', typeof ${name}]`).join(', ');
  const plugin = await openPlugin(sandbox, toolPlugin(`return [${kinds}].filter(([, kind]) => kind === 'undefined');`));
  expect(await run(plugin)).toEqual({ success: true, value: [] });
});
