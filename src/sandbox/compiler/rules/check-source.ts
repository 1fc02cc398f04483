import type { ParsedSource } from '../parse-source.ts';
import { checkCharacters } from '../source-text.ts';
import { checkAccess } from './check-access.ts';
import { checkHooks } from './check-hooks.ts';
import { checkModules } from './check-modules.ts';
import { checkNames } from './check-names.ts';
import { checkSyntax } from './check-syntax.ts';
import type { Hit } from './hit.ts';

/** Every rule over one parsed text: the source as written, and then what is made of it. */
export function checkSource(source: ParsedSource, typeNames: ReadonlySet<string> = new Set()): Hit[] {
  return [
    ...checkCharacters(source.text),
    ...checkSyntax(source),
    ...checkModules(source),
    ...checkNames(source, typeNames),
    ...checkAccess(source),
    ...checkHooks(source),
  ];
}
