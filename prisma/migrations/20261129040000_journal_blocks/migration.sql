-- What the lists are filtered by is found by blocks of 64 numbers of the journal that hold a value, in place of an index for each
-- filter, which took an entry of each event. What a server that was killed here has left half done may be done again.

CREATE TABLE IF NOT EXISTS "journal_blocks" (
    "tenant_id" UUID NOT NULL,
    "facet" VARCHAR(32) COLLATE "C" NOT NULL,
    "value" VARCHAR(255) COLLATE "C" NOT NULL,
    "block" BIGINT NOT NULL,

    CONSTRAINT "journal_blocks_pkey" PRIMARY KEY ("tenant_id","facet","value","block")
);

ALTER TABLE "journal_blocks" DROP CONSTRAINT IF EXISTS "journal_blocks_tenant_id_fkey";
ALTER TABLE "journal_blocks" ADD CONSTRAINT "journal_blocks_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO "journal_blocks" ("tenant_id", "facet", "value", "block")
SELECT DISTINCT "tenant_id", "facet", "value", "seq" / 64 FROM "events" CROSS JOIN LATERAL (
    SELECT * FROM (VALUES ('invocation.hook', "hook"), ('invocation.outcome', "outcome"), ('invocation.tool', "tool_name"),
        ('invocation.run', "run_id"), ('invocation.agent', "agent_id"),
        ('invocation.minute', to_char("started_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'))) AS "one"("facet", "value")
    UNION ALL SELECT 'invocation.plugin', unnest("plugin_names")
) AS "facets" WHERE "type" = 'HOOK_INVOKED' AND "value" IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO "journal_blocks" ("tenant_id", "facet", "value", "block")
SELECT DISTINCT "tenant_id", "facet", "value", "seq" / 64 FROM "tool_executions" CROSS JOIN LATERAL (VALUES
    ('execution.status', nullif("status", 'RUNNING')), ('execution.tool', "tool_name"), ('execution.plugin', "plugin_name"),
    ('execution.run', "run_id"), ('execution.agent', "agent_id"),
    ('execution.minute', to_char("started_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'))) AS "facets"("facet", "value")
WHERE "value" IS NOT NULL
ON CONFLICT DO NOTHING;

DROP TABLE IF EXISTS "hook_plugin_blocks";

DROP INDEX IF EXISTS "events_tenant_id_hook_seq_idx";
DROP INDEX IF EXISTS "events_tenant_id_run_id_seq_idx";
DROP INDEX IF EXISTS "events_tenant_id_agent_id_seq_idx";
DROP INDEX IF EXISTS "events_tenant_id_tool_name_seq_idx";
DROP INDEX IF EXISTS "events_tenant_id_outcome_seq_idx";
DROP INDEX IF EXISTS "events_tenant_id_started_at_idx";

DROP INDEX IF EXISTS "tool_executions_tenant_id_tool_name_seq_idx";
DROP INDEX IF EXISTS "tool_executions_tenant_id_plugin_name_seq_idx";
DROP INDEX IF EXISTS "tool_executions_tenant_id_run_id_seq_idx";
DROP INDEX IF EXISTS "tool_executions_tenant_id_agent_id_seq_idx";
DROP INDEX IF EXISTS "tool_executions_tenant_id_status_seq_idx";
DROP INDEX IF EXISTS "tool_executions_tenant_id_started_at_idx";

-- What runs: its blocks are not kept, since it soon runs no more.
DROP INDEX IF EXISTS "tool_executions_status_server_id_idx";
CREATE INDEX IF NOT EXISTS "tool_executions_running_idx" ON "tool_executions"("tenant_id", ("seq" / 64)) WHERE "status" = 'RUNNING';
