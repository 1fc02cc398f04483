import { describe, expect, test } from 'vitest';
import type { Actor, Role } from '../../src/auth/actor.ts';
import { requireRole, type Need } from '../../src/auth/require-role.ts';

const TENANT = { id: '00000000-0000-4000-8000-000000000000', slug: 'acme', name: 'Acme' };

function actor(roles: readonly Role[], inTenant = true): Actor {
  return { subject: 's', tenant: inTenant ? TENANT : null, roles, agentId: null, expiresAt: Date.now() + 60_000 };
}

describe('who may', () => {
  test.each<[readonly Role[], boolean, readonly Need[]]>([
    [[], true, ['anyone']],
    [['agent'], true, ['anyone', 'member']],
    [['admin'], true, ['anyone', 'member', 'admin']],
    [['admin', 'agent'], true, ['anyone', 'member', 'admin']],
    [['platform_admin'], true, ['anyone', 'platform_admin']],
    [['platform_admin'], false, ['anyone', 'platform_admin']],
    [['platform_admin', 'admin'], true, ['anyone', 'member', 'admin', 'platform_admin']],
    [['platform_admin', 'admin'], false, ['anyone', 'platform_admin']],
  ])('roles %j, in a tenant: %s, may %j', (roles, inTenant, allowed) => {
    for (const need of ['anyone', 'member', 'admin', 'platform_admin'] as const) {
      const caller = actor(roles, inTenant);
      if (allowed.includes(need)) expect(requireRole(caller, need)).toBe(caller);
      else expect(() => requireRole(caller, need)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    }
  });

  test.each<[string, Actor | null | undefined]>([
    ['nobody', null],
    ['nothing', undefined],
    ['a token that has ended', { ...actor(['admin', 'platform_admin']), expiresAt: Date.now() - 1 }],
  ])('%s is UNAUTHENTICATED everywhere', (_name, caller) => {
    for (const need of ['anyone', 'member', 'admin', 'platform_admin'] as const) {
      expect(() => requireRole(caller, need)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    }
  });
});
