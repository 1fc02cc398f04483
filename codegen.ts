/** Typed documents for the tests, from the committed schema: `graphql-codegen` writes generated/graphql. */
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['test/documents/*.graphql'],
  importExtension: '.ts',
  emitLegacyCommonJSImports: false,
  generates: {
    'generated/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: {
          DateTime: 'string',
          JSON: '../../src/json/json.ts#Json',
          JSONObject: '../../src/json/json.ts#JsonObject',
        },
      },
    },
  },
};

export default config;
