/** The scope of a field or type, read from the table of use cases so that the schema cannot ask for another. */
import { USE_CASE_ROLES } from '../plugins/use-cases.ts';

export type UseCaseName = keyof typeof USE_CASE_ROLES;

export function mayCall(
  useCase: UseCaseName,
): { anyone: true } | { member: true } | { admin: true } | { platform_admin: true } {
  switch (USE_CASE_ROLES[useCase]) {
    case 'anyone':
      return { anyone: true };
    case 'member':
      return { member: true };
    case 'admin':
      return { admin: true };
    case 'platform_admin':
      return { platform_admin: true };
  }
}
