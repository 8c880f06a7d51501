/**
 * The body of an answer: read up to a limit, taken for JSON only if it says that it is.
 *
 * @module
 */

import { RewardClientError } from "./error.ts";
import type { Lifeline } from "./lifeline.ts";

/** How a body is read. */
export interface ReadOptions {
  readonly maxBytes: number;
  readonly lifeline: Lifeline;
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

/** How a text begins, in one line, for messages. */
export function beginning(text: string): string {
  const line = text.slice(0, 200).replaceAll(/\s+/g, " ").trim();
  if (line === "") return "nothing";
  return line.length > 60 ? `'${line.slice(0, 60)}...'` : `'${line}'`;
}

/** Bytes are counted as they come, unpacked: a length that was promised may be absent or wrong. */
async function readBytes(
  response: Response,
  { maxBytes, lifeline }: ReadOptions,
): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await lifeline.race(reader.read());
      if (done) return concatenate(chunks, length);
      length += value.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(value);
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    if (cause instanceof RewardClientError) throw cause;
    throw lifeline.reason ??
      new RewardClientError("network", `Cannot read the answer as it broke off: ${cause}`, {
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
