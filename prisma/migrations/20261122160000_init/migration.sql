-- CreateTable
CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "slug" VARCHAR(63) NOT NULL,
    "name" TEXT NOT NULL,
    "event_seq" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plugin_registrations" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "plugin_name" VARCHAR(255) NOT NULL,
    "plugin_version" VARCHAR(64) NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "config" JSONB NOT NULL DEFAULT '{}',
    "installed_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "config_revision" INTEGER NOT NULL DEFAULT 1,
    "grants" JSONB,

    CONSTRAINT "plugin_registrations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "type" VARCHAR(32) NOT NULL,
    "kind" VARCHAR(32),
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "run_id" VARCHAR(255),
    "agent_id" VARCHAR(255),
    "tool_name" VARCHAR(255),
    "plugin_names" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "hook" VARCHAR(32),
    "outcome" VARCHAR(32),
    "started_at" TIMESTAMPTZ(3),
    "invocation_id" VARCHAR(64),
    "execution_id" VARCHAR(64),
    "payload" JSON NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("tenant_id","seq")
);

-- CreateTable
CREATE TABLE "tool_executions" (
    "tenant_id" UUID NOT NULL,
    "id" VARCHAR(64) NOT NULL,
    "seq" BIGINT NOT NULL,
    "tool_name" VARCHAR(255) NOT NULL,
    "plugin_name" VARCHAR(255) NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "run_id" VARCHAR(255),
    "agent_id" VARCHAR(255),
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "server_id" UUID,
    "record" JSON NOT NULL,

    CONSTRAINT "tool_executions_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "servers" (
    "id" UUID NOT NULL,
    "place" VARCHAR(64) NOT NULL,
    "pid" INTEGER NOT NULL,
    "start_ticks" VARCHAR(32) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "servers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_slug_key" ON "tenants"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "plugin_registrations_tenant_id_plugin_name_key" ON "plugin_registrations"("tenant_id", "plugin_name");

-- CreateIndex
CREATE INDEX "events_tenant_id_invocation_id_idx" ON "events"("tenant_id", "invocation_id");

-- CreateIndex
CREATE INDEX "events_tenant_id_execution_id_seq_idx" ON "events"("tenant_id", "execution_id", "seq");

-- CreateIndex
CREATE INDEX "events_tenant_id_hook_seq_idx" ON "events"("tenant_id", "hook", "seq");

-- CreateIndex
CREATE INDEX "events_tenant_id_run_id_seq_idx" ON "events"("tenant_id", "run_id", "seq");

-- CreateIndex
CREATE INDEX "events_tenant_id_agent_id_seq_idx" ON "events"("tenant_id", "agent_id", "seq");

-- CreateIndex
CREATE INDEX "events_tenant_id_tool_name_seq_idx" ON "events"("tenant_id", "tool_name", "seq");

-- CreateIndex
CREATE INDEX "tool_executions_tenant_id_tool_name_seq_idx" ON "tool_executions"("tenant_id", "tool_name", "seq");

-- CreateIndex
CREATE INDEX "tool_executions_tenant_id_plugin_name_seq_idx" ON "tool_executions"("tenant_id", "plugin_name", "seq");

-- CreateIndex
CREATE INDEX "tool_executions_tenant_id_run_id_seq_idx" ON "tool_executions"("tenant_id", "run_id", "seq");

-- CreateIndex
CREATE INDEX "tool_executions_tenant_id_agent_id_seq_idx" ON "tool_executions"("tenant_id", "agent_id", "seq");

-- CreateIndex
CREATE INDEX "tool_executions_tenant_id_status_seq_idx" ON "tool_executions"("tenant_id", "status", "seq");

-- CreateIndex
CREATE INDEX "tool_executions_status_server_id_idx" ON "tool_executions"("status", "server_id");

-- CreateIndex
CREATE UNIQUE INDEX "tool_executions_tenant_id_seq_key" ON "tool_executions"("tenant_id", "seq");

-- AddForeignKey
ALTER TABLE "plugin_registrations" ADD CONSTRAINT "plugin_registrations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tool_executions" ADD CONSTRAINT "tool_executions_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
