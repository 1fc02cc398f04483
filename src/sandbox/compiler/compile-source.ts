import { createHash } from 'node:crypto';
import type { CapabilityUse, SourceVerdict, Finding, PluginSource } from '../sandbox.ts';
import { measureTokens } from './measure-tokens.ts';
import { parseSource, type Language, type ParsedSource } from './parse-source.ts';
import { checkSource } from './rules/check-source.ts';
import { findUses } from './rules/find-uses.ts';
import { MAX_FINDINGS, type Hit } from './rules/hit.ts';
import { RULES } from './rules/rules.ts';
import { checkBytes, checkCharacters, placeAt, type SourceLimits } from './source-text.ts';
import { stripTypes } from './strip-types.ts';

/** `replaceMe`: the parser or the stripper broke, and this process must not read another source. */
export type CompileAnswer = SourceVerdict & { readonly replaceMe?: boolean };

/** Below what the parser and the stripper were seen to bear (600 levels, on Node 26.10). */
const MAX_BRACKET_DEPTH = 200;
const MAX_TREE_DEPTH = 300;

/**
 * Reads a plugin's source: size, characters, syntax, rules; then leaves the types out, and reads what remains in the same
 * way. What it answers is what was checked last, with its hash. Never throws.
 */
export function compileSource(source: PluginSource, limits: SourceLimits): CompileAnswer {
  const file = `${source.name}.${source.language}`;
  try {
    const { code, hits, uses = [] } = readSource(source, limits);
    const errors = toFindings(hits.filter(isError));
    if (code === undefined || errors.length > 0) return refuse(file, errors);
    const compiled = { name: source.name, code, hash: createHash('sha256').update(code).digest('hex') };
    return { success: true, compiled, warnings: toFindings(hits), uses };
  } catch (error) {
    // RangeError, an internal assertion, "memory access out of bounds": after these, the next source may fail for nothing.
    const why = error instanceof Error ? ` (${error.message})` : '';
    const broken = tooComplex(`The source is too deep to be read${why}.`);
    return { ...refuse(file, toFindings([broken])), replaceMe: true };
  }
}

interface Reading {
  readonly code?: string;
  readonly hits: readonly Hit[];
  readonly uses?: readonly CapabilityUse[];
}

function readSource(source: PluginSource, limits: SourceLimits): Reading {
  const tooLarge = checkBytes(source.text, limits);
  if (tooLarge) return { hits: [tooLarge] };
  const text = blankShebang(source.text.replace(/^\uFEFF/, ''));

  const written = readText(text, source.language, limits);
  if (!written.parsed || written.hits.some(isError)) return { hits: written.hits };
  const stripped = stripTypes(written.parsed);
  if (!stripped.success) return { hits: [...written.hits, stripped.hit] };

  const emitted = readText(stripped.code, 'js', limits, written.parsed);
  return {
    code: stripped.code,
    hits: [...written.hits, ...emitted.hits.filter(isError)],
    uses: findUses(written.parsed),
  };
}

interface TextReading {
  readonly parsed?: ParsedSource;
  readonly hits: readonly Hit[];
}

/** `written` is the source that `text` was made from: nothing was added to it, and its comments were left out. */
function readText(text: string, language: Language, limits: SourceLimits, written?: ParsedSource): TextReading {
  const bomb = written ? undefined : checkTokens(text, limits);
  if (bomb) return { hits: [bomb] };
  const result = parseSource(text, language, { comments: !written });
  if (!result.success) return { hits: [...checkCharacters(text), ...explainSyntax(text, language, result)] };
  const { source } = result;
  const tooDeep = checkTree(source, limits);
  if (tooDeep) return { hits: [tooDeep] };
  return { parsed: source, hits: checkSource(source, written && typeNamesOf(written)) };
}

function checkTokens(text: string, limits: SourceLimits): Hit | undefined {
  const { tokens, bracketDepth, deepestAt } = measureTokens(text, limits.sourceTokens);
  if (tokens > limits.sourceTokens) return tooManyTokens(limits);
  if (bracketDepth <= MAX_BRACKET_DEPTH) return undefined;
  return { ...tooComplex(`Brackets are nested more than ${MAX_BRACKET_DEPTH} deep.`), at: placeAt(text, deepestAt) };
}

/** Nodes are at most about as many as tokens; more means that the count before parsing was deceived. */
function checkTree(source: ParsedSource, limits: SourceLimits): Hit | undefined {
  if (source.nodeCount > 2 * limits.sourceTokens) return tooManyTokens(limits);
  if (source.depth <= MAX_TREE_DEPTH) return undefined;
  return tooComplex(`The syntax tree is ${source.depth} levels deep; at most ${MAX_TREE_DEPTH} are allowed.`);
}

function tooManyTokens({ sourceTokens }: SourceLimits): Hit {
  const message = `The source has more than ${sourceTokens} tokens.`;
  return { rule: 'source-too-large', at: { line: 1, column: 1 }, message };
}

function tooComplex(message: string): Hit {
  return { rule: 'source-too-complex', at: { line: 1, column: 1 }, message };
}

/** Two mistakes look like broken syntax and have a rule of their own. */
function explainSyntax(text: string, language: Language, { message, at }: Pick<Hit, 'message' | 'at'>): Hit[] {
  const line = text.split('\n')[at.line - 1] ?? '';
  const column = line.includes('<!--') ? line.indexOf('<!--') + 1 : line.search(/(?<=^\s*)-->/) + 1;
  if (column > 0)
    return [{ rule: 'html-comment', at: { ...at, column }, message: 'This can be read as an HTML comment.' }];
  const asJsx = parseSource(text, language, { jsx: true });
  const jsx = asJsx.success && asJsx.source.depth <= MAX_TREE_DEPTH ? checkSource(asJsx.source) : [];
  const found = jsx.filter(({ rule }) => rule === 'jsx');
  return found.length > 0 ? found : [{ rule: 'syntax-error', at, message: `${message.replace(/\.$/, '')}.` }];
}

function typeNamesOf(source: ParsedSource): ReadonlySet<string> {
  const declared = source.nodes('TSInterfaceDeclaration', 'TSTypeAliasDeclaration').map(({ id }) => id.name);
  const imported = source.nodes('ImportSpecifier').filter((specifier) => isTypeImport(source, specifier));
  return new Set([...declared, ...imported.map(({ local }) => local.name)]);
}

function isTypeImport(
  source: ParsedSource,
  specifier: ReturnType<typeof source.nodes<'ImportSpecifier'>>[number],
): boolean {
  const declaration = source.parentOf(specifier);
  return (
    specifier.importKind === 'type' ||
    (!!declaration && 'importKind' in declaration && declaration.importKind === 'type')
  );
}

function blankShebang(text: string): string {
  return text.replace(/^#![^\n\r]*/, (line) => ' '.repeat(line.length));
}

function toFindings(hits: readonly Hit[]): Finding[] {
  return hits
    .map(({ rule, at, message, hint }) => ({ rule, message, hint: hint ?? RULES[rule].hint, ...at }))
    .sort((a, b) => a.line - b.line || a.column - b.column || (a.rule < b.rule ? -1 : 1));
}

function refuse(file: string, errors: readonly Finding[]): CompileAnswer {
  const [first] = errors;
  const where = first ? ` Line ${first.line}, column ${first.column}: ${first.message} ${first.hint}` : '';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const message = `${file} is refused.${where}${more}`;
  return {
    success: false,
    problem: { code: 'PLUGIN_VALIDATION_FAILED', message, findings: errors.slice(0, MAX_FINDINGS) },
  };
}

function isError({ rule }: Hit): boolean {
  return RULES[rule].level === 'error';
}
