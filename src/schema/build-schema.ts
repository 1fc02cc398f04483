/** The whole schema: every file that adds to it, and the build. */
import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './event.ts';
import './execution-error.ts';
import './hook-invocation.ts';
import './hook-pipeline.ts';
import './plugin-mutations.ts';
import './plugin-registration.ts';
import './plugin.ts';
import './scalars.ts';
import './tenant.ts';
import './tool-execution.ts';
import './tool.ts';
import './viewer.ts';

export function buildSchema(): GraphQLSchema {
  return builder.toSchema({ sortSchema: true });
}
