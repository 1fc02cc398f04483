-- In which blocks of 64 numbers of the journal each plugin took part in hook invocations: what the filter by plugin goes by.
-- What a server that was killed here has left half done may be done again.

CREATE TABLE IF NOT EXISTS "hook_plugin_blocks" (
    "tenant_id" UUID NOT NULL,
    "plugin_name" VARCHAR(255) NOT NULL,
    "block" BIGINT NOT NULL,

    CONSTRAINT "hook_plugin_blocks_pkey" PRIMARY KEY ("tenant_id","plugin_name","block")
);

ALTER TABLE "hook_plugin_blocks" DROP CONSTRAINT IF EXISTS "hook_plugin_blocks_tenant_id_fkey";
ALTER TABLE "hook_plugin_blocks" ADD CONSTRAINT "hook_plugin_blocks_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO "hook_plugin_blocks" ("tenant_id", "plugin_name", "block")
SELECT DISTINCT "tenant_id", unnest("plugin_names"), "seq" / 64 FROM "events" WHERE "type" = 'HOOK_INVOKED'
ON CONFLICT DO NOTHING;
