/** What hookline/client asks, typed from the committed schema: `npm run fix` writes src/client/operations.ts, which is committed. */
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/client/operations.graphql'],
  emitLegacyCommonJSImports: false,
  generates: {
    'src/client/operations.ts': {
      plugins: ['typescript-operations', './scripts/codegen/operation-texts.js'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        immutableTypes: true,
        avoidOptionals: { field: true },
        inlineFragmentTypes: 'combine',
        scalars: {
          ID: 'string',
          DateTime: 'string',
          JSON: '../json/json.ts#Json',
          JSONObject: '../json/json.ts#JsonObject',
        },
      },
    },
  },
};

export default config;
