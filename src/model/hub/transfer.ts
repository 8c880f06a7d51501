/**
 * Brings one file from the hub, from where an earlier try has left it.
 *
 * The hub's library can list and describe files, but neither go on with half of one nor tell why a
 * stream broke, so this is our own.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { failedPull, stoppedPull } from "./hub_error.ts";
import { IDLE_MS, within } from "./idle.ts";
import { PartFile } from "./part_file.ts";
import { backoffMs, MOST_TRIES, type Sleep, sleep as realSleep } from "./patience.ts";
import type { HubFile } from "./repository.ts";

/** From where and to where. */
export interface TransferOptions {
  readonly url: string;
  /** The path of the part. */
  readonly part: string;
  /** As {@linkcode hubFetch} makes it. */
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal | undefined;
  readonly sleep?: Sleep | undefined;
  readonly idleMs?: number | undefined;
  /** Called with the bytes of the file that are here; they may become fewer. */
  readonly onReceived?: (bytes: number) => void;
}

/**
 * Fills the part until it has the listed bytes and nothing else.
 *
 * @throws {AbacusError} `cancelled` where the signal aborts, `bad_model` where the bytes do not come
 * or are others than the hub lists; in the first case the part stays for the next try
 */
export async function transfer(file: HubFile, options: TransferOptions): Promise<void> {
  const { signal } = options;
  try {
    using part = await PartFile.open(options.part, file, signal);
    const resumed = part.received > 0;
    await fill(part, file, options);
    if (await part.verify()) return;
    await part.restart();
    // Half of an old part may have been damaged; a whole fresh one is not given a second chance.
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

/** Requests what is missing until nothing is, and gives up when several tries bring nothing. */
async function fill(part: PartFile, file: HubFile, options: TransferOptions): Promise<void> {
  const { onReceived, sleep = realSleep, signal } = options;
  onReceived?.(part.received);
  for (let failures = 0; !part.complete;) {
    const before = part.received;
    const broken = await receive(part, file, options);
    if (part.complete) return;
    failures = part.received > before ? 1 : failures + 1;
    if (failures >= MOST_TRIES) {
      throw failedPull(
        `${file.path} does not arrive whole, and the next pull will go on with it`,
        `${part.received} of ${file.bytes} bytes, then ${broken}`,
      );
    }
    await sleep(backoffMs(failures), signal);
  }
}

/** One request. Errors of the connection end it early and are told; all others are thrown. */
async function receive(part: PartFile, file: HubFile, options: TransferOptions): Promise<string> {
  const { url, fetch, signal, idleMs = IDLE_MS, onReceived } = options;
  const from = part.received;
  const response = await fetch(url, from === 0 ? {} : { headers: { Range: `bytes=${from}-` } });
  const mismatch = rangeProblem(response, { from, bytes: file.bytes });
  if (mismatch !== undefined) {
    await response.body?.cancel();
    return mismatch;
  }
  // A host that knows no ranges sends everything again.
  if (response.status === 200 && from > 0) await part.restart();
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await within(reader.read(), idleMs);
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

/** What is wrong with the range that came, if anything is. */
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
