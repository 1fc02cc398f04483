import { MEASURED_ON } from './measured.ts';

/** This Node is not the one that the sandbox was measured on. */
export class NodeVersionError extends Error {
  override readonly name = 'NodeVersionError';
}

export function requireMeasuredNode(version: string = process.versions.node): void {
  const [major] = MEASURED_ON.node.split('.');
  if (version.split('.')[0] === major) return;
  throw new NodeVersionError(
    `The sandbox holds on Node ${major}, and this is Node ${version}. Start Hookline with Node ${major}; in a checkout, npm start does.`,
  );
}
