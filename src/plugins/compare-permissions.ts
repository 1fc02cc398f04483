/**
 * What a source uses beside what its metadata requires. The source is read, not run: what it hides is not found here, and
 * denied when it is called.
 */
import { RULES } from '../sandbox/compiler/rules/rules.ts';
import type { CapabilityUse, Finding } from '../sandbox/sandbox.ts';
import { isGranted } from './capabilities/host-grants.ts';

export interface PermissionFindings {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

type PermissionRule = 'permission-missing' | 'permission-unsure' | 'permission-unused';

const USED_AS = { kv: '`kv`', http: '`fetch`', events: '`emit`' } as const;

/**
 * A capability that is certainly used and not required at all is an error. A host that is not among those required is a
 * warning, because a tenant may grant more; so is a use that only looks like one, and a permission that nothing uses.
 */
export function comparePermissions(uses: readonly CapabilityUse[], required: readonly string[]): PermissionFindings {
  const lacking = uses.filter(({ capability }) => !required.some((permission) => isOf(permission, capability)));
  const errors = lacking.filter(({ certain }) => certain).map((use) => lack('permission-missing', use));
  const unsure = lacking.filter(({ certain, capability }) => !certain && !hasCertain(lacking, capability));
  const elsewhere = uses.filter(
    ({ capability, host }) => capability === 'http' && host !== null && !isGranted(required, host),
  );
  return {
    errors: firstOfEach(errors),
    warnings: [
      ...firstOfEach(unsure.map((use) => lack('permission-unsure', use))),
      ...elsewhere.filter((use) => !lacking.includes(use)).map((use) => lack('permission-unsure', use)),
      ...required.filter((permission) => !isUsed(permission, uses)).map(unused),
    ],
  };
}

function isOf(permission: string, capability: CapabilityUse['capability']): boolean {
  return permission.split(':')[0] === capability;
}

function hasCertain(uses: readonly CapabilityUse[], capability: CapabilityUse['capability']): boolean {
  return uses.some((use) => use.certain && use.capability === capability);
}

/** A host that the source does not tell may be any; of secrets nothing is known yet. */
function isUsed(permission: string, uses: readonly CapabilityUse[]): boolean {
  const [kind = ''] = permission.split(':');
  if (kind !== 'kv' && kind !== 'http' && kind !== 'events') return true;
  return uses.some(
    ({ capability, host }) =>
      capability === kind && (kind !== 'http' || host === null || isGranted([permission], host)),
  );
}

function lack(rule: PermissionRule, { capability, host, line, column }: CapabilityUse): Finding {
  const permission = permissionFor(capability, host);
  const to = host === null ? '' : ` for ${host}`;
  const message = `${USED_AS[capability]} is used here${to}, and "${permission}" is not required.`;
  return { rule, message, hint: `Add "${permission}" to requiredPermissions.`, line, column };
}

function permissionFor(capability: CapabilityUse['capability'], host: string | null): string {
  if (capability === 'kv') return 'kv';
  return capability === 'events' ? 'events:emit' : `http:${host ?? 'HOST'}`;
}

function unused(permission: string): Finding {
  const rule: PermissionRule = 'permission-unused';
  const message = `"${permission}" is required, and nothing here is seen to use it.`;
  return { rule, message, hint: RULES[rule].hint, line: 1, column: 1 };
}

function firstOfEach(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ message }, index) => findings.findIndex((other) => other.message === message) === index);
}
