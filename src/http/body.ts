/**
 * From the bytes of a request to a JSON value, with a limit on the bytes and a reason for each
 * refusal. Knows nothing of what the value should look like.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { decoderOf } from "./content_encoding.ts";
import { findJsonFault } from "./json_syntax.ts";

/** How a body may be read. */
export interface BodyOptions {
  /** The limit of the body as it is sent, and of what it is when decompressed. */
  readonly maxBytes: number;
  /** Refuses a body by its headers. @default requireJsonType */
  readonly checkHeaders?: ((headers: Headers) => void) | undefined;
  /** What the bytes say. @default jsonOf */
  readonly parse?: ((bytes: Uint8Array, headers: Headers) => unknown) | undefined;
  /** Ends the reading; its reason is what the reader then throws. */
  readonly signal: AbortSignal;
  /** Called with the bytes that the body will have taken next; throws where they cannot be had. */
  readonly claim?: ((bytes: number) => void) | undefined;
}

/** The longest body that is read in one piece, and so counted before it has come. */
const ONE_PIECE_BYTES = 262_144;

/**
 * Reads a request's body as JSON, compressed with gzip or not.
 *
 * @throws {AbacusError} `invalid_request` for another content type, an empty body, bytes that are
 * not UTF-8 or a text that is not JSON (with line and column); `too_large` above the limit;
 * `unsupported_media_type` for any other compression.
 */
export async function readJson(request: Request, options: BodyOptions): Promise<unknown> {
  const { checkHeaders = requireJsonType, parse = jsonOf, maxBytes, claim = () => {} } = options;
  checkHeaders(request.headers);
  const decode = decoderOf(request.headers);
  const sent = await readBytes(request, { ...options, claim });
  const bytes = sent.length === 0 ? sent : await decode(sent, { maxBytes, claim });
  if (bytes.length === 0) throw refusal("it has no body", "0 bytes");
  return parse(bytes, request.headers);
}

/** @throws {AbacusError} `invalid_request` for bytes that are not UTF-8, and a text that is not JSON */
export function jsonOf(bytes: Uint8Array): unknown {
  return parseJson(decodeUtf8(bytes));
}

/**
 * Asking for the type keeps a page of another origin from posting here: browsers send JSON across
 * origins only after a preflight, which CORS settings answer.
 *
 * @throws {AbacusError} `invalid_request`
 */
export function requireJsonType(headers: Headers): void {
  const header = headers.get("content-type");
  const [type = "", ...parameters] = (header ?? "").toLowerCase().split(";").map((s) => s.trim());
  if (type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw refusal("its content type must be application/json", header ?? "no content type");
  }
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw refusal("JSON must be in UTF-8", charset);
  }
}

type Counted = BodyOptions & { readonly claim: (bytes: number) => void };

/**
 * In one piece where the headers promise that it is small, for that is much the fastest. Deno cannot be
 * asked to stop then, so the signal is looked at afterwards. A longer one takes only what has come of
 * it: half a request may wait for the rest for long.
 */
async function readBytes(request: Request, options: Counted): Promise<Uint8Array> {
  const { signal, maxBytes, claim } = options;
  const promised = Number(request.headers.get("content-length") ?? NaN);
  if (!(promised <= Math.min(maxBytes, ONE_PIECE_BYTES))) {
    return await readCounted(request, options);
  }
  claim(promised);
  const bytes = await request.bytes().catch((cause) => brokeOff(signal, cause));
  signal.throwIfAborted();
  if (bytes.length > maxBytes) throw tooLarge(maxBytes, bytes.length);
  return bytes;
}

/**
 * Counts bytes while they come. The rest of a body that is too large is read and dropped (within
 * reason): many clients look for the answer only after they have sent everything.
 */
async function readCounted(
  request: Request,
  { maxBytes, signal, claim }: Counted,
): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(request.body, signal)) {
    length += chunk.length;
    if (length <= maxBytes) claim(length);
    if (length <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (length > maxBytes * 4) break;
  }
  if (length > maxBytes) throw tooLarge(maxBytes, length);
  return concatenate(chunks, length);
}

async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (true) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    brokeOff(signal, cause);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

function brokeOff(signal: AbortSignal, cause: unknown): never {
  signal.throwIfAborted();
  throw new AbacusError("cancelled", "Cannot read the request as its body broke off", { cause });
}

/** Pieces, one behind the other. */
export function concatenate(
  chunks: readonly Uint8Array[],
  length: number,
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const at = firstInvalidByte(bytes);
    const hex = bytes[at]?.toString(16).padStart(2, "0") ?? "end of input";
    throw refusal("it is not valid UTF-8", `0x${hex} at byte ${at}`);
  }
}

/** Halves the range in which decoding first fails: the decoder does not say where. */
function firstInvalidByte(bytes: Uint8Array): number {
  if (decodes(bytes)) return bytes.length;
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether these bytes begin some valid text; a character cut off at their end does not count. */
function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fault = findJsonFault(text);
    if (fault === undefined) throw cause;
    const place = `line ${fault.line} column ${fault.column} (position ${fault.position})`;
    throw refusal("it is not JSON", `${fault.found} at ${place}`);
  }
}

function tooLarge(maxBytes: number, length: number): AbacusError {
  const message =
    `Cannot read the request as its body may have at most ${maxBytes} bytes: received ${length}`;
  return new AbacusError("too_large", message);
}

function refusal(reason: string, received: string): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot read the request as ${reason}: received ${received}`,
  );
}
