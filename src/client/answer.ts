/**
 * The body of an answer: read up to a limit, and parsed as JSON only where the content type is JSON.
 *
 * @module
 */

import { RewardClientError } from "./error.ts";
import type { RequestScope } from "./request_scope.ts";

/** The limit of a body, and the scope of its call. */
export interface ReadOptions {
  readonly maxBytes: number;
  readonly scope: RequestScope;
}

/**
 * Reads a body as text.
 *
 * @throws {RewardClientError} `network` where it breaks off, `protocol` where it is too large or not
 * UTF-8, `timeout` or `aborted`
 */
export async function readText(response: Response, options: ReadOptions): Promise<string> {
  const bytes = await readBytes(response, options);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RewardClientError("protocol", "Cannot read the answer as it is not UTF-8", { cause });
  }
}

/** Reads a text as JSON. @throws {RewardClientError} `protocol` */
export function parseJson(text: string, contentType: string | null): unknown {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type)) {
    const received = `${contentType ?? "no content type"}, ${beginning(text)}`;
    throw new RewardClientError(
      "protocol",
      `Cannot read the answer as it is not JSON: received ${received}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `Cannot read the answer as its JSON is broken: received ${beginning(text)}`;
    throw new RewardClientError("protocol", message, { cause });
  }
}

/** The beginning of a text in one line, for messages. */
export function beginning(text: string): string {
  const line = text.slice(0, 200).replaceAll(/\s+/g, " ").trim();
  if (line === "") return "nothing";
  return line.length > 60 ? `'${line.slice(0, 60)}...'` : `'${line}'`;
}

/** Counts the decompressed bytes as they arrive: the content length may be absent or wrong. */
async function readBytes(
  response: Response,
  { maxBytes, scope }: ReadOptions,
): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await scope.race(reader.read());
      if (done) return concatenate(chunks, length);
      length += value.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(value);
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    if (cause instanceof RewardClientError) throw cause;
    throw scope.reason ??
      new RewardClientError("network", `Cannot read the answer as the connection broke: ${cause}`, {
        cause,
      });
  }
}

function tooLarge(maxBytes: number): RewardClientError {
  const message = `Cannot read the answer as it may have at most ${maxBytes} bytes: received more`;
  return new RewardClientError("protocol", message);
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
