import { expect } from 'vitest';
import type { AttackCase } from './attack-case.ts';
import { expectContained } from './expect-contained.ts';
import { pluginSource } from './plugin-source.ts';
import type { Stage } from './stage.ts';

/**
 * Expects the validator to accept a case, and to emit, byte for byte, the text that runs without it: then what that run shows
 * is true of both. Where the text is another one, the case is run with the validator, too.
 */
export async function expectSameText(stage: Stage, attack: AttackCase): Promise<void> {
  const name = `${attack.id.toLowerCase()}-v`;
  const source = { name, language: attack.language ?? 'js', text: pluginSource(attack, name) } as const;
  const { rule, sameText } = await stage.server.ask({ type: 'compare', source });
  expect(rule).toBeNull();
  if (!sameText) await expectContained(stage, attack, 'validated');
}
