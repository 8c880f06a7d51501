/**
 * Where the score is read instead of where transformers reads it: the setting `--pool-at`.
 *
 * Trainers that read scores otherwise are listed in docs/where-the-score-is-read.md.
 *
 * @module
 */

import { type Architecture, isGated, type Pooling } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import { type NamedTokens, readNamedTokens } from "../text/named_tokens.ts";

/** The setting, and the directory whose tokenizer it may name tokens of. */
export interface PoolAtOptions {
  /**
   * `last`, `last-non-pad`, `eos`, or a token of the vocabulary by its text or its id, of which the last one
   * is meant. @default where transformers reads the architecture
   */
  readonly poolAt?: string | undefined;
  readonly directory: string;
}

/**
 * The architecture with its score read where the setting says.
 *
 * @throws {AbacusError} `bad_usage` where the tokenizer has no such token
 */
export async function pooledAt(
  architecture: Architecture,
  { poolAt, directory }: PoolAtOptions,
): Promise<Architecture> {
  if (poolAt === undefined) return architecture;
  if (architecture.steps !== undefined) {
    refuse(poolAt, `${architecture.name} reads the ends of steps (--step-at)`);
  }
  if (isGated(architecture.pooling)) {
    refuse(poolAt, `${architecture.name} reads the end of the prompt as well`);
  }
  return { ...architecture, pooling: await poolingAt(poolAt, architecture, directory) };
}

async function poolingAt(
  poolAt: string,
  { pooling, dimensions: { vocabulary } }: Architecture,
  directory: string,
): Promise<Pooling> {
  if (poolAt === "last") return "last";
  // config.json's padding goes before the tokenizer's.
  const padding = ownPadding(pooling);
  if (poolAt === "last-non-pad" && padding !== undefined) return { lastNot: padding };
  if (/^\d+$/.test(poolAt)) return { named: expectId(Number(poolAt), vocabulary) };
  return namedPooling(poolAt, await readNamedTokens(directory));
}

/** The padding by which the model is read anyway. */
function ownPadding(pooling: Pooling): number | undefined {
  if (typeof pooling === "string") return undefined;
  if ("lastNot" in pooling) return pooling.lastNot;
  return "beforeFirst" in pooling ? pooling.beforeFirst : undefined;
}

function namedPooling(poolAt: string, tokens: NamedTokens): Pooling {
  if (poolAt === "last-non-pad") {
    const padding = tokens.special("pad_token");
    return { lastNot: padding ?? refuse(poolAt, "the model names no padding token") };
  }
  if (poolAt === "eos") {
    const end = tokens.special("eos_token");
    return { named: end ?? refuse(poolAt, "the tokenizer names no end-of-sequence token") };
  }
  const known = "there are last, last-non-pad, eos, the tokens of the vocabulary and their ids";
  return { named: tokens.idOf(poolAt) ?? refuse(poolAt, known) };
}

function expectId(id: number, vocabulary: number): number {
  if (id < vocabulary) return id;
  return refuse(String(id), `the model's token ids go from 0 to ${vocabulary - 1}`);
}

function refuse(poolAt: string, reason: string): never {
  throw new AbacusError(
    "bad_usage",
    `Cannot read the score there as ${reason}: received --pool-at ${poolAt}`,
  );
}
