/** The classes of attack, each with what it is; the tables of docs/THREATS.md have a row for each. */
export const ATTACK_CLASSES = {
  codegen: 'making code from text',
  obfuscation: 'hiding what is named',
  source: 'source that reads otherwise than it runs',
  modules: 'importing what is not there to be imported',
  inventory: 'looking for what the host left lying about',
  cpu: 'computing without end',
  uninterruptible: 'built-ins that V8 does not interrupt',
  redos: 'patterns that backtrack',
  wall: 'work that never settles',
  memory: 'using memory up',
  stack: 'using the stack up',
  wasm: 'machine code and shared memory',
  boundary: 'answers that hurt whoever reads them',
  forging: 'forging what the host says',
  errors: 'errors that hurt whoever reads them',
  async: 'work that outlives its call',
  budget: 'flooding the host',
  authority: 'asking for what was not granted',
  isolation: 'reaching from one call, plugin or tenant into another',
  parser: 'sources that hurt whoever parses them',
} as const satisfies Record<string, string>;

export type AttackClass = keyof typeof ATTACK_CLASSES;
