import type { Viewer } from '../plugins/use-cases.ts';
import { builder } from './builder.ts';
import { mayCall } from './may-call.ts';
import { TenantRef } from './refs.ts';

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is asking, as the token says.',
  authScopes: mayCall('viewer'),
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'The subject of the token.' }),
    tenant: t.expose('tenant', {
      type: TenantRef,
      nullable: true,
      description: 'The tenant the token is for; null when it names none.',
    }),
    roles: t.exposeStringList('roles', { description: 'The roles in the token: `admin`, `agent`, `platform_admin`.' }),
    latestCursor: t.string({
      nullable: true,
      resolve: (viewer) => viewer.latestCursor(),
      description:
        'The newest event of the tenant: read it, load a list, then subscribe with it as `after`, and nothing is missed. Null without a tenant.',
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    description: 'Who is asking.',
    authScopes: mayCall('viewer'),
    resolve: (_root, _args, { caller, useCases }) => useCases.viewer(caller),
  }),
);
