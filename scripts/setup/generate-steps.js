import fs from 'node:fs';
import path from 'node:path';
import { hashPaths } from './stamps.js';

/**
 * Everything that is generated and not committed. A step runs when the hash of its inputs changed or its output is gone;
 * the lock file is an input of each, since it fixes the versions of the tools.
 */
export const GENERATE_STEPS = [
  defineStep({
    name: 'database-client',
    title: 'Generate the database client',
    inputs: ['prisma/schema.prisma', 'prisma.config.ts'],
    outputs: ['generated/prisma/client.ts', 'generated/pothos-types.ts'],
    command: ['prisma', 'generate'],
  }),
  defineStep({
    name: 'sdk',
    title: 'Build hookline/sdk',
    inputs: ['src/sdk', 'src/json', 'tsconfig.sdk.json', 'tsconfig.build.json', 'tsconfig.json'],
    outputs: ['dist/sdk/index.js', 'dist/sdk/index.d.ts'],
    command: ['tsc', '--project', 'tsconfig.sdk.json'],
  }),
  defineStep({
    name: 'sandbox',
    title: 'Strip what runs in the sandbox',
    needs: 'scripts/strip-sandbox.ts',
    inputs: ['src/sandbox', 'src/sdk', 'src/json', 'src/errors', 'scripts/strip-sandbox.ts'],
    outputs: ['build/sandbox'],
    command: ['node', 'scripts/strip-sandbox.ts'],
  }),
  defineStep({
    name: 'graphql-documents',
    title: 'Generate typed GraphQL documents',
    needs: 'codegen.ts',
    testsOnly: true,
    inputs: ['schema.graphql', 'codegen.ts', 'test/documents'],
    outputs: ['generated/graphql'],
    command: ['graphql-codegen', '--config', 'codegen.ts'],
  }),
];

function defineStep({ name, title, needs, testsOnly = false, inputs, outputs, command }) {
  return {
    name,
    title,
    testsOnly,
    command,
    applies: (root) => needs === undefined || fs.existsSync(path.join(root, needs)),
    hashInputs: (root) => hashPaths(root, ['package-lock.json', ...inputs]),
    isThere: (root) => outputs.every((output) => fs.existsSync(path.join(root, output))),
  };
}
