import type { AttackCase } from './attack-case.ts';

/** The source of a case's plugin under a name of its own. */
export function pluginSource(attack: AttackCase, name: string): string {
  const { source, top = '', members = '', body = 'return ok(null);', permissions = [], result, cpuMs } = attack;
  if (source !== undefined) return source.replaceAll('NAME', name);
  return `import { BaseToolPlugin, block, respond } from 'hookline/sdk';
const ok = (data) => ({ success: true, data });
${top}
export default class extends BaseToolPlugin {
  metadata = {
    name: '${name}', version: '1.0.0', author: 'tests', description: 'A hostile plugin.',
    requiredPermissions: ${JSON.stringify(permissions)},${cpuMs === undefined ? '' : ` limits: { cpuMs: ${cpuMs} },`}${attack.by === 'hook' ? ` hooks: { ${hookOf(attack)}: { timeoutMs: 900 } },` : ''}
  };
  tools = [
    { name: 'attack', description: 'The attack.', parameters: { type: 'object' }, timeoutMs: 900${result ? `, result: ${JSON.stringify(result)}` : ''} },
    { name: 'ping', description: 'Does nothing wrong.', parameters: { type: 'object' }, timeoutMs: 900 },
  ];
  ${members}
  ${/\bawait\b/.test(body) ? 'async ' : ''}attack(params, context) {
    ${body}
  }
  execute(toolName, params, context) {
    return toolName === 'ping' ? { success: true, data: 'pong' } : this.attack(params, context);
  }
${attack.by === 'hook' ? '  handleHook(hook, data, context) { return this.attack(data, context); }' : ''}
}
`;
}

export function hookOf(attack: AttackCase) {
  return attack.hook ?? 'BEFORE_AGENT_RUN';
}

export const BENIGN_PLUGIN = `import { BaseToolPlugin } from 'hookline/sdk';
export default class extends BaseToolPlugin {
  metadata = { name: 'benign', version: '1.0.0', author: 'tests', description: 'Does nothing wrong.' };
  tools = [{ name: 'ping', description: 'Answers.', parameters: { type: 'object' }, timeoutMs: 900 }];
  execute() { return { success: true, data: 'pong' }; }
}
`;

/** Its config is a secret of its tenant. */
export const VAULT_PLUGIN = `import { BaseToolPlugin } from 'hookline/sdk';
export default class extends BaseToolPlugin {
  metadata = { name: 'vault', version: '1.0.0', author: 'tests', description: 'Keeps a secret.',
    configSchema: { type: 'object', properties: { secret: { type: 'string' } } } };
  tools = [{ name: 'length', description: 'Answers how long it is.', parameters: { type: 'object' }, timeoutMs: 900 }];
  execute(toolName, params, context) { return { success: true, data: context.config.secret.length }; }
}
`;
