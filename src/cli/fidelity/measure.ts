/**
 * Measures what a number type changes: scores the rows of a file in float32 and in that type, one model after the
 * other, and compares them.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { loadModel, type LoadOptions } from "../../model/load_model.ts";
import type { Settings } from "../../settings.ts";
import type { CompletionReply } from "../../wire/reply.ts";
import { completionsOf, type RewardRequest } from "../../wire/request.ts";
import { oneDevice } from "../placement.ts";
import { chunkScorer } from "../score/chunk_scorer.ts";
import { rowLimits, rowScorer } from "../score/row_scorer.ts";
import { chunksOf } from "../score/chunks.ts";
import { openInput } from "../score/files.ts";
import { layouts } from "../score/layouts.ts";
import { type Agreement, agreementOf, type Pair, type ScoredCompletion } from "./agreement.ts";

/**
 * No further chunk is read once a file gave so many completions: their pairs are counted one by one, and all of
 * their credit is held.
 */
const MOST_COMPLETIONS = 10_000;

/** Credit by the model's default method, as a server gives it. */
const request = {
  credit: { method: undefined, beta: 0.8 },
  truncate: "left",
  encoding: "json",
} as Omit<RewardRequest, "items">;

/** The settings of `inspect` that it goes by. */
type InspectSettings =
  & Pick<Settings, "fidelity" | "dtype" | "maxBatchTokens" | "device">
  & Omit<LoadOptions, "dtype" | "device">;

/** What is compared, and over which file. */
interface FidelityOptions {
  readonly directory: string;
  /** How the model is loaded, but for the number type. */
  readonly load: LoadOptions;
  readonly dtype: Settings["dtype"];
  readonly path: string;
  /** Tokens of one batch. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
}

/** The agreement with float32. */
export interface Fidelity extends Agreement {
  readonly dtype: string;
  readonly file: string;
  /** Items, which rows without an error have one of, that lack a score in one type or in both. */
  readonly failed: number;
}

/**
 * @throws {AbacusError} `bad_usage` where there is nothing to compare: `dtype` is float32, or no row of
 * the file can be scored
 */
async function fidelityOf(options: FidelityOptions): Promise<Fidelity> {
  const { dtype, path } = options;
  if (dtype === "auto" || dtype === "float32") {
    throw new AbacusError(
      "bad_usage",
      `Cannot compare float32 with itself as --fidelity needs --dtype int8 or float16: received ${dtype}`,
    );
  }
  // A GPU rounds float32 otherwise, which is not what is asked.
  const load: LoadOptions = dtype === "int8" ? { ...options.load, device: "cpu" } : options.load;
  const exact = await itemsOf({ ...options, load: { ...load, dtype: "float32" } });
  const other = await itemsOf({ ...options, load: { ...load, dtype } });
  const pairs = exact.flatMap((each, i) => pairsOf(each, other[i]));
  if (pairs.length === 0) {
    throw new AbacusError("bad_usage", `Cannot compare scores as no row has one: received ${path}`);
  }
  const failed = exact.filter((each, i) => pairsOf(each, other[i]).length === 0).length;
  return { dtype, file: path, ...agreementOf(pairs), failed };
}

/** The fidelity that --fidelity asks for. */
export async function fidelityFindings(
  directory: string,
  settings: InspectSettings,
  signal: AbortSignal,
): Promise<{ fidelity?: Fidelity }> {
  const { fidelity: path, dtype, maxBatchTokens: maxTokens, ...rest } = settings;
  if (path === undefined) return {};
  const load = { ...rest, device: oneDevice(settings.device) };
  return { fidelity: await fidelityOf({ directory, load, dtype, path, maxTokens, signal }) };
}

/** The completions of an item as they were scored; undefined where it was not, or its row was unreadable. */
type Item = readonly ScoredCompletion[] | undefined;

function pairsOf(exact: Item, other: Item): Pair[] {
  if (exact === undefined || other === undefined) return [];
  return exact.map((each, i) => ({ exact: each, other: other[i]! }));
}

/** In the file's order, those of a chunk that cannot be read first. */
async function itemsOf(
  { directory, load, path, maxTokens, signal }: FidelityOptions,
): Promise<Item[]> {
  const { source } = await openInput(path);
  await using model = await loadModel(directory, load);
  const limits = rowLimits({ maxBatchTokens: maxTokens, maxCreditTokens: Infinity });
  const score = chunkScorer(() => rowScorer([{ model, limits }]), request);
  const found: Item[] = [];
  let completions = 0;
  for await (const rows of chunksOf(source.rows(0), { layouts, tokens: maxTokens })) {
    signal.throwIfAborted();
    const read = rows.map(({ request }) => request instanceof AbacusError ? undefined : request);
    for (const row of read) if (row === undefined) found.push(undefined);
    const items = read.flatMap((row) => row === undefined ? [] : row.items);
    const replies = items.length === 0 ? [] : (await score([...items], signal)).items;
    for (const reply of replies) {
      found.push(reply instanceof AbacusError ? undefined : reply.completions.map(scoredOf));
    }
    completions += items.reduce((sum, item) => sum + completionsOf(item).length, 0);
    if (completions >= MOST_COMPLETIONS) break;
  }
  return found;
}

function scoredOf({ score, credit }: CompletionReply): ScoredCompletion {
  return Array.isArray(credit) ? { score, credit } : { score };
}
