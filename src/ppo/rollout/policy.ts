/**
 * Policy: reads and checks the directory of a language model before anything runs.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { z } from "zod";
import { type Adapter, refuseTiedHead } from "../../adapters/adapter.ts";
import type { LanguageModel } from "../../architectures/language_model.ts";
import { languageModelOf } from "../../architectures/registry.ts";
import { AbacusError } from "../../errors.ts";
import { ifThere } from "../../files.ts";
import { readConfig } from "../../model/config_file.ts";
import { refuseForeignTensors, refuseQuantised } from "../../model/foreign_directory.ts";
import { findModel, modelName } from "../../model/find_model.ts";
import { findFiles } from "../../model/model_files.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import { isJsonObject, readJsonFile } from "../../weights/json_file.ts";
import { openCheckpoint } from "../../weights/open.ts";
import { PolicyText } from "./policy_text.ts";

/** A policy as read from its directory. */
export interface Policy {
  readonly name: string;
  /** That of config.json and of the whole weights: of an adapter, its base model's. */
  readonly directory: string;
  /** That of the tokenizer. */
  readonly tokenizer: string;
  /** The hub id that it was asked for by, else the directory. */
  readonly source: string;
  readonly model: LanguageModel;
  readonly checkpoint: Checkpoint;
  /** What is added to the weights before anything else. @default nothing */
  readonly adapter?: Adapter;
  readonly text: PolicyText;
  /** Token ids that end a sequence; empty if the model has none. */
  readonly eosIds: readonly number[];
}

const eosSchema = z.union([z.int().min(0).transform((id) => [id]), z.array(z.int().min(0))]);

/**
 * Reads a causal language model, or an adapter of one with the base model that it names, from a directory or by the
 * hub id of a pulled model.
 *
 * @throws {AbacusError} `bad_model` naming the file at fault
 */
export async function readPolicy(argument: string, models?: string): Promise<Policy> {
  const own = await findModel(argument, { models });
  const { model: directory, tokenizer, adapter } = await findFiles(own, { models });
  const config = await readConfig(directory);
  refuseQuantised(config);
  const model = languageModelOf(config);
  expectSteadyAngles(model);
  const { vocabulary } = model.trunk.dimensions;
  const eosIds = eosIdsOf(await readEosIds(directory, config), vocabulary);
  if (adapter !== undefined && model.tied) refuseSavedTable(adapter, model);
  const checkpoint = await openCheckpoint(directory);
  refuseForeignTensors(checkpoint);
  return {
    name: modelName(own),
    directory,
    tokenizer,
    source: resolve(argument) === own ? own : argument,
    model,
    checkpoint,
    ...(adapter === undefined ? {} : { adapter }),
    text: await PolicyText.load(tokenizer),
    eosIds,
  };
}

/** peft trains a copy of the table, and leaves the head as it was, which is no policy of one table any more. */
function refuseSavedTable(
  adapter: Adapter,
  { trunk: { prefix, embeddings } }: LanguageModel,
): void {
  refuseTiedHead(adapter, `${prefix}.${embeddings}`, `the head is ${prefix}.${embeddings}, tied`);
}

/** `eos_token_id` as a file has it. */
interface GivenEosIds {
  readonly given: unknown;
  /** The name of that file. */
  readonly path: string;
}

/** generation_config.json takes precedence, as in transformers. */
async function readEosIds(
  directory: string,
  config: Readonly<Record<string, unknown>>,
): Promise<GivenEosIds> {
  const given = (await readGenerationConfig(directory))["eos_token_id"] ?? undefined;
  if (given !== undefined) return { given, path: "generation_config.json" };
  return { given: config["eos_token_id"] ?? [], path: "config.json" };
}

function eosIdsOf({ given, path }: GivenEosIds, vocabulary: number): readonly number[] {
  const fail = (reason: string, received: unknown) =>
    new AbacusError(
      "bad_model",
      `Cannot end sequences as eos_token_id is ${reason}: received ${
        JSON.stringify(received).slice(0, 100)
      }`,
      { path },
    );
  const eosIds = eosSchema.safeParse(given);
  if (!eosIds.success) throw fail("neither an id nor a list of ids", given);
  const beyond = eosIds.data.find((id) => id >= vocabulary);
  if (beyond !== undefined) throw fail(`not in the vocabulary of ${vocabulary}`, beyond);
  return eosIds.data;
}

/** If angles change as a text grows, the sampler's cached keys become wrong. */
function expectSteadyAngles({ name, trunk }: LanguageModel): void {
  if (trunk.sharesUpTo === Infinity) return;
  throw new AbacusError(
    "bad_model",
    `Cannot train a ${name} as its rotary embedding depends on the length of the text: ` +
      `received other angles for texts of more than ${trunk.sharesUpTo} tokens`,
    { path: "config.json" },
  );
}

async function readGenerationConfig(directory: string): Promise<Record<string, unknown>> {
  const path = join(directory, "generation_config.json");
  if (await ifThere(Deno.stat(path)) === undefined) return {}; // older models have none
  const json = await readJsonFile(path, { mostBytes: 1_000_000, duplicateKeys: "ignored" });
  return isJsonObject(json) ? json : {};
}
