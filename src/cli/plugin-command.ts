import { resolve } from 'node:path';
import { Command } from 'commander';
import { readSettings } from '../config/settings.ts';
import type { CliIo, SetExitCode } from './cli-io.ts';
import { CliError } from './cli-error.ts';

/** `hookline plugin check FILE`: what the server would say of a plugin, found out in the real sandbox. */
export function pluginCommand(io: CliIo, setExitCode: SetExitCode): Command {
  const check = new Command('check')
    .description('Compile and read a plugin as the server would, and say what is wrong with it')
    .argument('<file...>', 'plugin files: NAME.ts, NAME.js or NAME.mjs')
    .action(async (files: readonly string[]) => {
      const sound = await checkFiles(io, files);
      setExitCode(sound ? 0 : 1);
    });
  return new Command('plugin')
    .description('Work on plugins')
    .addCommand(check)
    .addHelpText('after', '\nExample:\n  $ hookline plugin check plugins/my-plugin.ts');
}

async function checkFiles(io: CliIo, files: readonly string[]): Promise<boolean> {
  // Loaded only here: the other commands need no sandbox.
  const [{ createSandbox }, { checkPlugin }, { renderCheck }] = await Promise.all([
    import('../sandbox/create-sandbox.ts'),
    import('./check-plugin.ts'),
    import('./render-check.ts'),
  ]);
  const { sandboxProfile: profile, sandboxTier: tier, limits: policy } = readSettings(io.env, io.cwd);
  await using sandbox = await createSandbox({ profile, tier, policy });
  let sound = true;
  for (const file of files) {
    const result = await checkPlugin(sandbox, resolve(io.cwd, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new CliError(`There is no file ${file}.`);
      if (error.code === 'EISDIR') throw new CliError(`${file} is a folder; name the plugin files in it.`);
      throw error;
    });
    io.out(renderCheck(file, result));
    sound &&= result.problem === null;
  }
  return sound;
}
