-- Which plugins took part in a hook invocation: what the filter by plugin reads.
-- What a server that was killed here has left half done may be done again.

CREATE TABLE IF NOT EXISTS "invocation_plugins" (
    "tenant_id" UUID NOT NULL,
    "plugin_name" VARCHAR(255) NOT NULL,
    "seq" BIGINT NOT NULL,

    CONSTRAINT "invocation_plugins_pkey" PRIMARY KEY ("tenant_id","plugin_name","seq")
);

INSERT INTO "invocation_plugins" ("tenant_id", "plugin_name", "seq")
SELECT DISTINCT "tenant_id", unnest("plugin_names"), "seq" FROM "events" WHERE "type" = 'HOOK_INVOKED'
ON CONFLICT DO NOTHING;
