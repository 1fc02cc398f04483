/** The Pothos builder: its plugins, scopes and scalars. It knows no domain type. */
import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { isObjectType } from 'graphql';
import type PrismaTypes from '../../generated/pothos-types.ts';
import { getDatamodel } from '../../generated/pothos-types.ts';
import { requireRole, type Need } from '../auth/require-role.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { SchemaContext } from './context.ts';
import { decodeNodeId, encodeNodeId } from './node-id.ts';
import { PAGE_ARGUMENTS } from './page-arguments.ts';

export interface BuilderTypes {
  Context: SchemaContext;
  PrismaTypes: PrismaTypes;
  AuthScopes: { [N in Need]: boolean };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date | string };
    JSON: { Input: Json; Output: Json };
    JSONObject: { Input: JsonObject; Output: JsonObject };
  };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
}

export const builder = new SchemaBuilder<BuilderTypes>({
  defaultFieldNullability: false,
  // Scope-auth comes first so that nothing is loaded for those who may not ask.
  plugins: [ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
  prisma: { client: (context) => context.prisma, dmmf: getDatamodel(), maxConnectionSize: 200 },
  relay: {
    encodeGlobalID: (typename, id) => encodeNodeId(typename, String(id)),
    decodeGlobalID: decodeNodeId,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'Something with an id that `node` finds again.' },
    idFieldOptions: { description: 'The id, as `Type:raw`.' },
    nodeQueryOptions: {
      description: 'Anything with an id, or null when there is nothing by that id for your tenant.',
      authScopes: { anyone: true },
      args: { id: { description: 'An id that this API returned, as `Type:raw`.' } },
      resolve: (_root, { id }, _context, { schema }, resolveNode) => {
        const type = schema.getType(id.typename);
        const isNode = isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
        return isNode ? resolveNode(id) : null;
      },
    },
    pageInfoTypeOptions: { description: 'Where a page of a connection stands.', authScopes: { anyone: true } },
    hasNextPageFieldOptions: { description: 'Whether there is more after `endCursor`.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before `startCursor`.' },
    startCursorFieldOptions: { description: 'The cursor of the first edge; null for an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge; null for an empty page.' },
    cursorType: 'String',
    edgesFieldOptions: { description: 'What is on this page, in order.', nullable: { list: false, items: false } },
    nodeFieldOptions: { description: 'What the edge leads to.', nullable: false },
    cursorFieldOptions: { description: 'The position of this edge, for `after` and `before`.' },
    pageInfoFieldOptions: { description: 'Where this page stands.', nullable: false },
    ...PAGE_ARGUMENTS,
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    // Refused by the same function as in the use cases, so the answer is the same wherever it is given.
    authScopes: ({ caller }) => {
      const may = (need: Need) => () => Boolean(requireRole(caller, need));
      return {
        anyone: may('anyone'),
        member: may('member'),
        admin: may('admin'),
        platform_admin: may('platform_admin'),
      };
    },
    unauthorizedError: () => new HooklineError('FORBIDDEN', 'Your token does not allow this.'),
  },
});

builder.queryType({ description: 'What can be read.' });
builder.mutationType({ description: 'What can be changed or called.' });
builder.subscriptionType({
  description: 'What can be followed live: over graphql-transport-ws on this path, or as Server-Sent Events.',
});
