/**
 * Model files: which directories a model is read from. Usually it is one. An adapter of peft is read from its own
 * and from that of the base model, which it names or `--base` gives.
 *
 * @module
 */

import { join } from "node:path";
import { type Adapter, openAdapter } from "../adapters/adapter.ts";
import { ADAPTER_CONFIG, holdsAdapter } from "../adapters/adapter_config.ts";
import { AbacusError } from "../errors.ts";
import { badModel, shown } from "../weights/bad_model.ts";
import { adapterWeights, findWeights } from "../weights/weight_files.ts";
import { findModel, isHubId, modelName } from "./find_model.ts";
import { readRecord } from "./hub/pull_record.ts";

/** Where a model's files are. */
export interface ModelFiles {
  /** That of config.json and of the whole weights. */
  readonly model: string;
  /** That of the tokenizer. */
  readonly tokenizer: string;
  /** What changes the model. @default nothing */
  readonly adapter?: Adapter;
}

/** What a base model is called: as the adapter names it where that is an id of the hub. */
export function baseName({ model, adapter }: ModelFiles): string {
  const named = adapter?.config.base_model_name_or_path ?? "";
  return isHubId(named) && model.endsWith(named) ? named : modelName(model);
}

/** Where a base model is looked for. */
export interface BaseOptions {
  /** The base model of an adapter (`--base`): a directory or a pulled id. @default what the adapter names */
  readonly base?: string | undefined;
  /** The directory that `pull` fills. @default "models" */
  readonly models?: string | undefined;
}

/**
 * The files of the model in a directory.
 *
 * @throws {AbacusError} `bad_model` where the directory's adapter cannot be read, or its base model is not
 * there; `bad_usage` where a base is given and there is no adapter
 */
export async function findFiles(directory: string, options: BaseOptions = {}): Promise<ModelFiles> {
  if (!await holdsAdapter(directory)) {
    if (options.base === undefined) return { model: directory, tokenizer: directory };
    throw new AbacusError(
      "bad_usage",
      `Cannot use --base ${options.base} as the model is no adapter, without an ${ADAPTER_CONFIG}: ` +
        `received ${directory}`,
    );
  }
  const adapter = await openAdapter(directory);
  if (options.base === undefined) await refuseWhole(directory);
  const model = await baseOf(adapter, options);
  const tokenizer = await hasTokenizer(directory) ? directory : model;
  return { model, tokenizer, adapter };
}

/**
 * A whole model beside an adapter is the base to transformers, and to peft it is not: that loads what the
 * adapter names.
 */
async function refuseWhole(directory: string): Promise<void> {
  const whole = await findWeights(directory).catch(() => undefined);
  if (whole === undefined || adapterWeights.some((name) => whole.path.endsWith(name))) return;
  throw badModel(
    `Cannot tell the base model of ${directory} as it holds a whole model beside its adapter: --base names ` +
      `the base, and without ${ADAPTER_CONFIG} the whole model is loaded: received ${whole.path}`,
  );
}

async function baseOf({ directory, config }: Adapter, options: BaseOptions): Promise<string> {
  const { base_model_name_or_path: named, revision } = config;
  const argument = options.base ?? named;
  if (!argument) {
    throw badModel(
      `Cannot load ${directory} as its ${ADAPTER_CONFIG} names no base model, and --base gives none: ` +
        `received "base_model_name_or_path" ${shown(named ?? null)}`,
    );
  }
  const found = await findBase(argument, directory, options);
  if (await holdsAdapter(found) && found !== directory) {
    throw badModel(
      `Cannot load ${directory} as its base model is an adapter itself, which has to be merged first: ` +
        `received ${found}`,
    );
  }
  if (options.base === undefined) await expectRevision(found, revision ?? "main");
  return found;
}

async function findBase(
  argument: string,
  directory: string,
  { models }: BaseOptions,
): Promise<string> {
  try {
    return await findModel(argument, { models });
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    throw badModel(
      `Cannot load ${directory} as its base model is not there, which --base DIR gives where it is ` +
        `elsewhere (${error.message}): received ${shown(argument)}`,
      error,
    );
  }
}

/** A base model that was pulled has to be of the revision that the adapter was made for. */
async function expectRevision(base: string, revision: string): Promise<void> {
  if (revision === "main") return;
  const record = await readRecord(base);
  if (record === undefined || [record.revision, record.commit].includes(revision)) return;
  throw badModel(
    `Cannot load the base model in ${base} as the adapter is for its revision ${
      shown(revision)
    }, which ` +
      `'deno task pull ${record.id} --revision ${revision}' fetches: received ${record.revision}`,
  );
}

/** As peft's AutoPeftModel: the adapter's own tokenizer goes before the base model's. */
async function hasTokenizer(directory: string): Promise<boolean> {
  const names = ["tokenizer_config.json", "tokenizer.json", "vocab.json", "vocab.txt"];
  const found = await Promise.all(
    names.map((name) => Deno.stat(join(directory, name)).then(() => true, () => false)),
  );
  return found.includes(true);
}
