-- Most events have none of what most of these find them by, and writing an entry costs as much as the event itself.
-- What a server that was killed here has left half done may be done again.

DROP INDEX IF EXISTS "tool_executions_tenant_id_run_id_seq_idx";
CREATE INDEX "tool_executions_tenant_id_run_id_seq_idx" ON "tool_executions"("tenant_id", "run_id", "seq") WHERE "run_id" IS NOT NULL;

DROP INDEX IF EXISTS "tool_executions_tenant_id_agent_id_seq_idx";
CREATE INDEX "tool_executions_tenant_id_agent_id_seq_idx" ON "tool_executions"("tenant_id", "agent_id", "seq") WHERE "agent_id" IS NOT NULL;

-- Which executions a server that is gone has left: those that have ended are never asked for by server.
DROP INDEX IF EXISTS "tool_executions_status_server_id_idx";
CREATE INDEX "tool_executions_status_server_id_idx" ON "tool_executions"("status", "server_id") WHERE "status" = 'RUNNING';

-- What else the connections filter by.
CREATE INDEX IF NOT EXISTS "tool_executions_tenant_id_started_at_idx" ON "tool_executions"("tenant_id", "started_at");

DROP INDEX IF EXISTS "events_tenant_id_invocation_id_idx";
CREATE INDEX "events_tenant_id_invocation_id_idx" ON "events"("tenant_id", "invocation_id") WHERE "invocation_id" IS NOT NULL;

DROP INDEX IF EXISTS "events_tenant_id_execution_id_seq_idx";
CREATE INDEX "events_tenant_id_execution_id_seq_idx" ON "events"("tenant_id", "execution_id", "seq") WHERE "execution_id" IS NOT NULL;

DROP INDEX IF EXISTS "events_tenant_id_hook_seq_idx";
CREATE INDEX "events_tenant_id_hook_seq_idx" ON "events"("tenant_id", "hook", "seq") WHERE "hook" IS NOT NULL;

DROP INDEX IF EXISTS "events_tenant_id_run_id_seq_idx";
CREATE INDEX "events_tenant_id_run_id_seq_idx" ON "events"("tenant_id", "run_id", "seq") WHERE "run_id" IS NOT NULL;

DROP INDEX IF EXISTS "events_tenant_id_agent_id_seq_idx";
CREATE INDEX "events_tenant_id_agent_id_seq_idx" ON "events"("tenant_id", "agent_id", "seq") WHERE "agent_id" IS NOT NULL;

DROP INDEX IF EXISTS "events_tenant_id_tool_name_seq_idx";
CREATE INDEX "events_tenant_id_tool_name_seq_idx" ON "events"("tenant_id", "tool_name", "seq") WHERE "tool_name" IS NOT NULL;

-- What else the connections filter by.
CREATE INDEX IF NOT EXISTS "events_tenant_id_outcome_seq_idx" ON "events"("tenant_id", "outcome", "seq") WHERE "outcome" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "events_tenant_id_started_at_idx" ON "events"("tenant_id", "started_at") WHERE "started_at" IS NOT NULL;
