/** One request to checked addresses, on a connection of its own; no redirect is followed, no proxy asked. */
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { buildConnector, Client, errors } from 'undici';
import { refused, Refusal } from './refusal.ts';
import type { Headers } from './request-headers.ts';
import { responseHeaders } from './request-headers.ts';
import type { HostAddress } from './resolve-host.ts';

export interface OutgoingRequest {
  readonly url: URL;
  readonly addresses: readonly HostAddress[];
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | null;
}

export interface IncomingResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Empty for a redirect: its body is not read. */
  readonly body: string;
}

export interface SendLimits {
  readonly timeoutMs: number;
  readonly responseBytes: number;
}

const HEADERS_MAX_BYTES = 16_384;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** @throws Refusal when it did not work */
export async function sendRequest(
  { url, addresses, method, headers, body }: OutgoingRequest,
  { timeoutMs, responseBytes }: SendLimits,
  signal: AbortSignal,
): Promise<IncomingResponse> {
  const client = new Client(url.origin, {
    connect: buildConnector({ lookup: pinned(addresses), autoSelectFamily: true, allowH2: false, timeout: timeoutMs }),
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: HEADERS_MAX_BYTES,
    // Of what comes over the wire; what becomes of it is counted again below.
    maxResponseSize: responseBytes,
  });
  try {
    const response = await client.request({ path: url.pathname + url.search, method, headers, body, signal });
    // Of what nobody reads, nobody hears how it ends.
    response.body.on('error', () => {});
    const { statusCode: status } = response;
    const isEmpty = method === 'HEAD' || REDIRECTS.has(status);
    const text = isEmpty ? '' : await readText(response.body, response.headers, responseBytes);
    return { status, headers: responseHeaders(response.headers), body: text };
  } catch (error) {
    throw explained(error, url.hostname, { timeoutMs, responseBytes }, signal);
  } finally {
    await client.destroy();
  }
}

/** Whatever is asked, these were checked: there is no second look at a name that may have changed its mind. */
function pinned(addresses: readonly HostAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
}

async function readText(
  body: Readable,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  maxBytes: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of decoded(body, headers['content-encoding'])) {
    const part = chunk as Buffer;
    bytes += part.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(part);
  }
  return decoderOf(headers['content-type']).decode(Buffer.concat(chunks));
}

function decoded(body: Readable, encoding: string | string[] | undefined): Readable {
  const name = [encoding ?? 'identity'].flat().join(',').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  if (name !== 'gzip' && name !== 'x-gzip') throw refused('The answer is encoded in a way that was not asked for.');
  const gunzip = createGunzip();
  body.on('error', (error) => gunzip.destroy(error));
  return body.pipe(gunzip);
}

function decoderOf(contentType: string | string[] | undefined): TextDecoder {
  const [, charset = 'utf-8'] = /charset="?([\w:.-]+)/i.exec([contentType ?? ''].flat().join()) ?? [];
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

function tooLarge(maxBytes: number): Refusal {
  return refused(`The answer is larger than ${maxBytes} bytes.`);
}

/** In words of ours: an error of the network may name addresses that are not the plugin's to know. */
function explained(error: unknown, host: string, limits: SendLimits, signal: AbortSignal): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof errors.ResponseExceededMaxSizeError) return tooLarge(limits.responseBytes);
  if (error instanceof errors.HeadersOverflowError) return refused('The headers of the answer are too large.');
  const late =
    signal.aborted ||
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError;
  if (late) return refused(`${host} did not answer within ${limits.timeoutMs} ms, or the call has ended.`);
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return refused(
    `${host} could not be reached, or its answer could not be read${typeof code === 'string' ? ` (${code})` : ''}.`,
  );
}
