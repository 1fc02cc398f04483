import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import { CliError } from './cli-error.ts';
import { askServer, type Server } from './ask-server.ts';

export interface TenantRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

const CREATE = 'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { id slug name } }';
const LIST = `query ($after: String) {
  tenants(first: 200, after: $after) { edges { node { id slug name } } pageInfo { hasNextPage endCursor } }
}`;

/** Throws CliError with the server's reason. */
export async function createTenant(server: Server, input: { slug: string; name: string | null }): Promise<TenantRow> {
  const data = await askServer(server, CREATE, { input });
  return parseTenant(data['createTenant']);
}

/** All tenants, page after page. */
export async function listTenants(server: Server): Promise<readonly TenantRow[]> {
  const tenants: TenantRow[] = [];
  let after: string | null = null;
  do {
    const page: JsonObject = object((await askServer(server, LIST, { after }))['tenants']);
    const edges = Array.isArray(page['edges']) ? page['edges'] : [];
    tenants.push(...edges.map((edge: Json) => parseTenant(object(edge)['node'])));
    const { hasNextPage, endCursor }: JsonObject = object(page['pageInfo']);
    after = hasNextPage === true && typeof endCursor === 'string' ? endCursor : null;
  } while (after !== null);
  return tenants;
}

function parseTenant(value: unknown): TenantRow {
  const { id, slug, name } = object(value);
  if (typeof id !== 'string' || typeof slug !== 'string' || typeof name !== 'string') throw unexpected();
  return { id, slug, name };
}

function object(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw unexpected();
  return value;
}

function unexpected(): CliError {
  return new CliError('The server answered something else than tenants. Is it Hookline, and of this version?');
}
