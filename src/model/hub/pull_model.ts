/**
 * Pulls a model from the hub into a directory: lists the repository, chooses the files, downloads them
 * into parts, and moves all of them to their places at the end.
 *
 * A pull that was stopped or killed is resumed by the next one.
 *
 * @module
 */

import { join } from "node:path";
import { ADAPTER_CONFIG, holdsAdapter, readAdapterConfig } from "../../adapters/adapter_config.ts";
import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { listed, shown } from "../../weights/bad_model.ts";
import { readShardIndex } from "../../weights/shard_index.ts";
import { adapterAmong, adapterWeights, chooseWeights } from "../../weights/weight_files.ts";
import { isHubId } from "../find_model.ts";
import { hasDigest } from "./digest.ts";
import { fetchFile, fetchFiles, type FetchHooks, type Fetching, totalOf } from "./fetch_files.ts";
import { failedPull, stoppedPull } from "./hub_error.ts";
import { hubFetch } from "./hub_fetch.ts";
import { install } from "./install.ts";
import { partName } from "./part_file.ts";
import { RECORD } from "./pull_record.ts";
import { type HubFile, listRepository, type Repository } from "./repository.ts";

/**
 * Small files that a model or its user may need, in the order in which they are fetched. Of the formats
 * of the weights one is fetched (`chooseWeights`); training states and pictures are not.
 */
const companionNames: readonly RegExp[] = [
  /^(adapter_)?config\.json$/,
  /^generation_config\.json$/,
  /^tokenizer(_config)?\.json$/,
  /^(special_tokens_map|added_tokens)\.json$/,
  /^chat_template\.(jinja|json)$/,
  // The source of tokenizer.json, which transformers may ask for.
  /^(tokenizer|spiece|sentencepiece(\.bpe)?)\.model$/,
  /^(vocab\.(json|txt)|merges\.txt)$/,
  /^(README|LICEN[CS]E|NOTICE|USE_POLICY|MODEL_CARD)([._-][\w.-]*)?$/i,
];

/** How a model is pulled. */
export interface PullOptions extends FetchHooks {
  /** The directory of pulled models; the model goes to `owner/name` below it. */
  readonly into: string;
  /** Branch, tag or commit. @default "main" */
  readonly revision?: string | undefined;
  /** Access token, sent to the hub only. */
  readonly token?: string | undefined;
  /** @default "https://huggingface.co" */
  readonly hubUrl?: string | undefined;
}

/** What was pulled. */
export interface PulledModel {
  readonly directory: string;
  readonly commit: string;
  readonly files: readonly string[];
  readonly bytes: number;
  /** Bytes that were missing before the pull. */
  readonly fetchedBytes: number;
  /** The base model, where it is an adapter that names one. */
  readonly base?: string;
}

/**
 * Pulls a model.
 *
 * @throws {AbacusError} `bad_usage` where `id` is no hub id; `unknown_model`, `unauthorized` or
 * `overloaded` as the hub answers; `cancelled` where the signal aborts; `bad_model` where the
 * repository has no weights that can be read, the disk is full, the hub cannot be reached or bytes are damaged
 */
export async function pullModel(id: string, options: PullOptions): Promise<PulledModel> {
  if (!isHubId(id)) {
    throw new AbacusError(
      "bad_usage",
      `Cannot pull what is not 'owner/name' on the hub: received ${shown(id)}`,
    );
  }
  try {
    return await pull(id, options);
  } catch (error) {
    const { signal } = options;
    throw signal?.aborted && !(error instanceof AbacusError) ? stoppedPull(signal.reason) : error;
  }
}

async function pull(id: string, options: PullOptions): Promise<PulledModel> {
  const { into, revision = "main" } = options;
  const hubUrl = (options.hubUrl ?? "https://huggingface.co").replace(/\/+$/, "");
  const fetch = hubFetch({ ...options, id, hubUrl });
  const repository = await listRepository({ id, hubUrl, revision, fetch });
  const directory = join(into, id);
  const weights = weightsOf(repository);
  await refuseForeign(directory);
  await Deno.mkdir(directory, { recursive: true });
  const work: Fetching = { ...options, hubUrl, fetch, directory, repository };
  const files = await filesOf(weights, work);
  const fetchedBytes = await fetchFiles(files, work);
  const { commit } = repository;
  await install({ directory, files, origin: { hub: hubUrl, id, revision, commit } });
  return {
    directory,
    ...await baseOf(directory),
    commit,
    files: files.map(({ path }) => path),
    bytes: totalOf(files),
    fetchedBytes,
  };
}

/** A broken adapter_config.json is told when the model is loaded. */
async function baseOf(directory: string): Promise<{ base?: string }> {
  if (!await holdsAdapter(directory)) return {};
  const config = await readAdapterConfig(directory).catch(() => undefined);
  const { base_model_name_or_path: base } = config ?? {};
  return base ? { base } : {};
}

type Weights = ReturnType<typeof chooseWeights>;

/** The file that lists the weights of the model, or of an adapter, which needs no config.json. */
function weightsOf({ id, files }: Repository): Weights {
  const names = files.map(({ path }) => path);
  const adapter = adapterAmong(names);
  if (adapter !== undefined) return { kind: "single", name: adapter };
  if (!names.includes("config.json")) {
    throw failedPull(
      `${id} is no model that Abacus could load, without a config.json`,
      listed(names.map(shown)),
    );
  }
  return chooseWeights(names, id);
}

/** The files to fetch, small ones first. */
async function filesOf({ kind, name }: Weights, work: Fetching): Promise<HubFile[]> {
  const { id, files } = work.repository;
  const byName = new Map(files.map((file) => [file.path, file]));
  // Beside a whole model it would say that the model is an adapter.
  if (!adapterWeights.includes(name)) byName.delete(ADAPTER_CONFIG);
  const shards = kind === "single" ? [] : await shardsOf(name, byName, work);
  return [...companions([...byName.keys()]), name, ...shards].map((each) => {
    const file = byName.get(each);
    if (file === undefined) throw failedPull(`${name} names a shard that ${id} lacks`, shown(each));
    return file;
  });
}

/** The files besides the weights, in a fixed order. */
export function companions(names: readonly string[]): string[] {
  return companionNames.flatMap((pattern) => names.filter((name) => pattern.test(name)).toSorted());
}

/** Fetches the index, which names the shards. */
async function shardsOf(
  name: string,
  files: ReadonlyMap<string, HubFile>,
  work: Fetching,
): Promise<string[]> {
  const index = files.get(name) as HubFile;
  const here = join(work.directory, name);
  if (await hasDigest(here, index)) return [...(await readShardIndex(here)).keys()];
  await fetchFile(index, work);
  return [...(await readShardIndex(join(work.directory, partName(index)))).keys()];
}

/** A model without a record was not pulled, and is not overwritten: the record precedes config.json. */
async function refuseForeign(directory: string): Promise<void> {
  const has = async (name: string) => await ifThere(Deno.stat(join(directory, name))) !== undefined;
  const isModel = await has("config.json") || await has(ADAPTER_CONFIG);
  if (!isModel || await has(RECORD)) return;
  throw failedPull("the directory holds a model that was not pulled", directory);
}
