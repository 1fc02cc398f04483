import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem, arch } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly hookline: string;
  /** The load of the last minute before the run: well under the number of cores, or the numbers say little. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()} ${release()}`,
    node: process.version,
    hookline: versionOf(new URL('../../package.json', import.meta.url)),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function renderMachine({ date, cpu, cores, memoryGb, system, node, hookline, load }: Machine): string {
  return `${date}, Hookline ${hookline}, Node ${node}, ${cores} cores of ${cpu}, ${memoryGb} GB, ${system}, load before the run ${load}`;
}

function versionOf(manifest: URL): string {
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
