/**
 * Content encodings: a body that was compressed on its way, as a proxy or a client's library may do
 * unasked.
 *
 * @module
 */

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AbacusError } from "../errors.ts";

/** What the header Accept-Encoding says of an answer with status 415 (RFC 9110, 12.5.3). */
export const acceptedEncodings = "gzip, identity";

const decompress: (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Uint8Array> = promisify(gunzip);

/** How bytes of a body become the body. */
export type Decoder = (bytes: Uint8Array, room: DecodingRoom) => Promise<Uint8Array>;

/** How large a body may become. */
export interface DecodingRoom {
  readonly maxBytes: number;
  /** Called with the bytes that the decoder is about to fill; throws where they cannot be had. */
  readonly claim: (bytes: number) => void;
}

const decoders: Readonly<Record<string, Decoder>> = {
  identity: (bytes) => Promise.resolve(bytes),
  gzip: decodeGzip,
  "x-gzip": decodeGzip,
};

/**
 * The decoder that a body's headers ask for. It stops as soon as there would be more than `maxBytes`,
 * so that a few bytes that stand for very many cost no memory.
 *
 * @throws {AbacusError} `unsupported_media_type` for any other encoding, or several
 */
export function decoderOf(headers: Headers): Decoder {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() || "identity";
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decoder !== undefined) return decoder;
  throw new AbacusError(
    "unsupported_media_type",
    `Cannot read the request as its content encoding must be gzip or none: received ${encoding}`,
  );
}

async function decodeGzip(
  bytes: Uint8Array,
  { maxBytes, claim }: DecodingRoom,
): Promise<Uint8Array> {
  const stated = Math.min(statedLength(bytes), maxBytes);
  for (const most of new Set([stated, maxBytes])) {
    claim(most);
    try {
      return await decompress(bytes, { maxOutputLength: most });
    } catch (cause) {
      if (!isTooLong(cause)) throw notGzip(bytes.length, cause);
    }
  }
  throw tooLarge(maxBytes, bytes.length);
}

/** What the end of the bytes says that they hold (RFC 1952, ISIZE): not to be trusted, but right as a rule. */
function statedLength(bytes: Uint8Array): number {
  const { buffer, byteOffset, length } = bytes;
  return length < 4 ? 1 : Math.max(1, new DataView(buffer, byteOffset).getUint32(length - 4, true));
}

function isTooLong(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
}

function tooLarge(maxBytes: number, length: number): AbacusError {
  const message = `Cannot read the request as its body may have at most ${maxBytes} bytes: ` +
    `received ${length} bytes of gzip that hold more`;
  return new AbacusError("too_large", message);
}

function notGzip(length: number, cause: unknown): AbacusError {
  const message = "Cannot read the request as its content encoding is gzip and its body is not, " +
    `or breaks off: received ${length} bytes`;
  return new AbacusError("invalid_request", message, { cause });
}
