-- AlterTable
ALTER TABLE "plugin_registrations" ADD COLUMN     "hook_overrides" JSONB;
