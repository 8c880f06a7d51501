/**
 * Downloads one file from the hub, and resumes an earlier download of it.
 *
 * The hub's library can list and describe files, but it neither resumes a download nor says why a
 * stream broke.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import {
  backoffMs,
  IDLE_TIMEOUT_MS,
  MAX_ATTEMPTS,
  sleep as realSleep,
  type WaitOptions,
  withTimeout,
} from "./backoff.ts";
import { failedPull, stoppedPull } from "./hub_error.ts";
import { PartFile } from "./part_file.ts";
import type { HubFile } from "./repository.ts";

/** The source and the target. */
export interface TransferOptions extends WaitOptions {
  readonly url: string;
  /** The path of the part. */
  readonly part: string;
  /** As {@linkcode hubFetch} makes it. */
  readonly fetch: typeof fetch;
  /** Called with the number of bytes received so far, which decreases where a download restarts. */
  readonly onReceived?: (bytes: number) => void;
}

/**
 * Downloads until the part has exactly the listed bytes.
 *
 * @throws {AbacusError} `cancelled` where the signal aborts, which keeps the part for the next pull;
 * `bad_model` where the bytes do not arrive or have another digest than the hub lists
 */
export async function transfer(file: HubFile, options: TransferOptions): Promise<void> {
  const { signal } = options;
  try {
    using part = await PartFile.open(options.part, file, signal);
    const resumed = part.received > 0;
    await fill(part, file, options);
    if (await part.verify()) return;
    await part.restart();
    // The resumed part may have been damaged; a download from the start is not repeated.
    if (resumed) await fill(part, file, options);
    if (resumed && await part.verify()) return;
    await part.restart();
    throw failedPull(
      `${file.path} arrived damaged`,
      `bytes with another ${file.digest.algorithm} than ${file.digest.hex}`,
    );
  } catch (error) {
    throw signal?.aborted && !(error instanceof AbacusError) ? stoppedPull(error) : error;
  }
}

/** Requests the missing bytes, and gives up after several attempts in a row that brought none. */
async function fill(part: PartFile, file: HubFile, options: TransferOptions): Promise<void> {
  const { onReceived, sleep = realSleep, signal } = options;
  onReceived?.(part.received);
  for (let failures = 0; !part.complete;) {
    const before = part.received;
    const broken = await receive(part, file, options);
    if (part.complete) return;
    failures = part.received > before ? 1 : failures + 1;
    if (failures >= MAX_ATTEMPTS) {
      throw failedPull(
        `${file.path} does not arrive completely (the next pull resumes it)`,
        `${part.received} of ${file.bytes} bytes, then ${broken}`,
      );
    }
    await sleep(backoffMs(failures), signal);
  }
}

/** One request. @returns why it ended; other errors than those of the connection are thrown */
async function receive(part: PartFile, file: HubFile, options: TransferOptions): Promise<string> {
  const { url, fetch, signal, idleTimeoutMs = IDLE_TIMEOUT_MS, onReceived } = options;
  const from = part.received;
  const response = await fetch(url, from === 0 ? {} : { headers: { Range: `bytes=${from}-` } });
  const mismatch = rangeProblem(response, { from, bytes: file.bytes });
  if (mismatch !== undefined) {
    await response.body?.cancel();
    return mismatch;
  }
  // A host without ranges sends the whole file again.
  if (response.status === 200 && from > 0) await part.restart();
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await withTimeout(reader.read(), idleTimeoutMs);
      if (done) break;
      await part.append(value);
      onReceived?.(part.received);
    }
    return "the end";
  } catch (error) {
    await reader?.cancel().catch(() => {});
    if (error instanceof AbacusError) throw error;
    if (signal?.aborted) throw stoppedPull(signal.reason);
    return (error as Error).message;
  }
}

/** What is wrong with the range of a response, if anything is. */
function rangeProblem(
  { status, headers }: Response,
  { from, bytes }: { from: number; bytes: number },
): string | undefined {
  if (status === 416) return "416 for the bytes that are missing";
  if (status !== 206) return undefined;
  const range = headers.get("Content-Range") ?? "no Content-Range";
  const [, start, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  const fits = Number(start) === from && (total === "*" || Number(total) === bytes);
  return fits ? undefined : `another range (${range})`;
}
