-- AlterTable
ALTER TABLE "plugin_registrations" ADD COLUMN     "disabled_reason" TEXT;
