/** The compiler's process: reads one source after the other, until its input ends or it is found to be broken. */
import { isJsonObject, type JsonObject } from '../../json/json.ts';
import { serve } from '../child-channel.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { PluginSource } from '../sandbox.ts';
import { compileSource } from './compile-source.ts';
import type { SourceLimits } from './source-text.ts';

// Before the first request's clock runs: the parser compiles its parts, and the stripper its WebAssembly, when first used.
compileSource({ name: 'warm-up', language: 'ts', text: 'export default class { x: number = 1 }' }, DEFAULT_LIMITS);

serve({ compile: (request) => compileSource(readRequest(request), readLimits(request)) });

function readLimits({ limits }: JsonObject): SourceLimits {
  const { sourceBytes, sourceTokens } = isJsonObject(limits) ? limits : {};
  if (typeof sourceBytes !== 'number' || typeof sourceTokens !== 'number') {
    throw new TypeError('A compile request needs the limits of a source.');
  }
  return { sourceBytes, sourceTokens };
}

function readRequest({ source }: JsonObject): PluginSource {
  if (!isJsonObject(source)) throw new TypeError('A compile request needs a source.');
  const { name, language, text } = source;
  if (typeof name !== 'string' || typeof text !== 'string' || (language !== 'ts' && language !== 'js')) {
    throw new TypeError('A source needs a name, a language (ts or js) and a text.');
  }
  return { name, language, text };
}
