import { defineConfig } from 'prisma/config';

// Prisma's CLI wants to download a schema engine before it generates anything; generating needs none, and migrations
// run through the engine's WebAssembly build (src/db/migrate.ts).
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } });
