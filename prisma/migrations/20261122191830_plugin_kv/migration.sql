-- CreateTable
CREATE TABLE "plugin_kv_spaces" (
    "tenant_id" UUID NOT NULL,
    "plugin_name" VARCHAR(255) NOT NULL,
    "entry_count" BIGINT NOT NULL DEFAULT 0,
    "byte_count" BIGINT NOT NULL DEFAULT 0,
    "last_version" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "plugin_kv_spaces_pkey" PRIMARY KEY ("tenant_id","plugin_name")
);

-- CreateTable
CREATE TABLE "plugin_kv_entries" (
    "tenant_id" UUID NOT NULL,
    "plugin_name" VARCHAR(255) NOT NULL,
    "key" VARCHAR(256) COLLATE "C" NOT NULL,
    "value" JSON NOT NULL,
    "version" BIGINT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "plugin_kv_entries_pkey" PRIMARY KEY ("tenant_id","plugin_name","key")
);

-- AddForeignKey
ALTER TABLE "plugin_kv_spaces" ADD CONSTRAINT "plugin_kv_spaces_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plugin_kv_entries" ADD CONSTRAINT "plugin_kv_entries_tenant_id_plugin_name_fkey" FOREIGN KEY ("tenant_id", "plugin_name") REFERENCES "plugin_kv_spaces"("tenant_id", "plugin_name") ON DELETE CASCADE ON UPDATE CASCADE;
