/**
 * Prompts: what a policy is asked to go on from, read from a file or begun by the policy itself.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { PolicyEngine } from "../graphs/policy_engine.ts";
import type { PolicyText } from "./policy_text.ts";
import { integerBelow, type RandomSource, randomStream, shuffle } from "../math/random.ts";
import type { ResponseLength } from "../settings.ts";
import type { SampleRequest } from "../graphs/sampler_feeds.ts";

/** The largest file of prompts, in bytes, and the most prompts of one. */
const LIMITS = { bytes: 256_000_000, prompts: 1_000_000 };

/** Openings that a policy writes for itself: how many, how long in tokens, from which seed. */
const OPENINGS = { count: 512, batch: 64, min: 2, max: 7, seed: 20_240_201 };

/**
 * Prompts out of a file: JSON Lines with a `prompt` (or a `text`) each, or plain text, a prompt a line.
 * Empty lines are left out.
 *
 * @throws {AbacusError} `bad_usage` naming the file and line where there is no prompt
 */
export function parsePrompts(text: string, path: string): string[] {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "");
  if (lines.length === 0 || lines.length > LIMITS.prompts) {
    throw bad(`it must hold 1 to ${LIMITS.prompts} prompts`, `${lines.length} in ${path}`);
  }
  const json = /\.jsonl?$/.test(path) || lines.every(({ line }) => line.startsWith("{"));
  return lines.map(({ line, number }) => json ? promptOf(line, `${path}, line ${number}`) : line);
}

/**
 * The prompts of a file, as {@linkcode parsePrompts} finds them. A byte order mark is none of its text.
 *
 * @throws {AbacusError} `bad_usage` where the file is missing, too large or not UTF-8
 */
export async function readPrompts(path: string): Promise<string[]> {
  try {
    const { size } = await Deno.stat(path);
    if (size > LIMITS.bytes) throw bad(`it is larger than ${LIMITS.bytes} bytes`, path);
    return parsePrompts(decoded(await Deno.readFile(path), path), path);
  } catch (error) {
    if (error instanceof AbacusError) throw error;
    throw bad("the file cannot be read", path, error);
  }
}

/** Bytes that are no text would become prompts of question marks, with nobody told. */
function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw bad("it is not UTF-8", path, cause);
  }
}

/** What a policy can go on from. */
export interface PromptLimits {
  /** Tokens that it reads at most, and tokens that are to be written at most. */
  readonly context: number;
  readonly max: number;
  /** Ids are below this. */
  readonly vocabulary: number;
}

/**
 * Prompts as ids, each of a token at least and short enough to go on from.
 *
 * @throws {AbacusError} `bad_usage` naming the first that is not
 */
export async function encodePrompts(
  prompts: readonly string[],
  text: PolicyText,
  limits: PromptLimits,
): Promise<Int32Array[]> {
  const encoded = await encode(prompts, text);
  for (const [i, ids] of encoded.entries()) expectUsable(ids, limits, `prompt ${i + 1}`);
  return encoded;
}

async function encode(prompts: readonly string[], text: PolicyText): Promise<Int32Array[]> {
  try {
    return await text.encode(prompts);
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    const { message, path, cause } = error;
    throw new AbacusError("bad_usage", message, { cause, path: `prompts${path ?? ""}` });
  }
}

function expectUsable(ids: Int32Array, limits: PromptLimits, name: string): void {
  const { context, max, vocabulary } = limits;
  const fail = (reason: string, received: string) => {
    throw new AbacusError(
      "bad_usage",
      `Cannot go on from ${name} as ${reason}: received ${received}`,
    );
  };
  if (ids.length === 0) fail("the policy has no token that texts start with", "no tokens");
  const strange = ids.find((id) => id >= vocabulary);
  if (strange !== undefined) fail(`the policy's vocabulary is ${vocabulary}`, `the id ${strange}`);
  if (ids.length + max <= context) return;
  fail(
    `the policy's context of ${context} must hold it and --max-new-tokens ${max}`,
    `${ids.length} tokens`,
  );
}

/**
 * Openings that the policy writes, the same ones whatever the run's own seed.
 *
 * @throws {AbacusError} `bad_usage` where the policy cannot begin by itself, or could not go on from
 * the longest of them
 */
export async function sampleOpenings(
  engine: PolicyEngine,
  opening: Int32Array,
  limits: PromptLimits,
): Promise<Int32Array[]> {
  const { count, batch, min, max, seed } = OPENINGS;
  expectOpenings(opening, limits);
  const openings: Int32Array[] = [];
  for (let step = 0; openings.length < count; step++) {
    const random = randomStream({ seed, step, purpose: "openings" });
    const requests = Array.from({ length: batch }, () => {
      const length = min + integerBelow(random, max - min + 1);
      return { prompt: opening, limits: { min: length, max: length } };
    });
    openings.push(...(await engine.sample(requests, random)).map(({ ids }) => ids));
  }
  return openings;
}

function expectOpenings(opening: Int32Array, limits: PromptLimits): void {
  if (opening.length === 0) {
    throw new AbacusError(
      "bad_usage",
      "Cannot begin texts as the policy's tokenizer has no token that they start with " +
        "(--prompts takes prompts from a file): received none",
    );
  }
  const longest = Int32Array.from([...opening, ...Array(OPENINGS.max).fill(0)]);
  expectUsable(longest, limits, "the longest opening");
}

/** The prompts of one step: different ones as far as there are enough. */
export function chooseRequests(
  prompts: readonly Int32Array[],
  { batch, length }: { batch: number; length: ResponseLength },
  random: RandomSource,
): SampleRequest[] {
  const chosen: Int32Array[] = [];
  while (chosen.length < batch) {
    // Not spread into a call: a file may hold more prompts than a call takes arguments.
    for (const prompt of shuffle(random, prompts)) chosen.push(prompt);
  }
  return chosen.slice(0, batch).map((prompt) => {
    const { min, max, varied } = length;
    const limit = varied ? min + integerBelow(random, max - min + 1) : max;
    return { prompt, limits: { min, max: limit } };
  });
}

function promptOf(line: string, place: string): string {
  const found = fieldOf(line);
  if (typeof found === "string") return found;
  throw bad(`a line must be a JSON object with the text "prompt"`, place);
}

function fieldOf(line: string): unknown {
  try {
    const { prompt, text } = JSON.parse(line);
    return prompt ?? text;
  } catch {
    return undefined;
  }
}

function bad(reason: string, received: string, cause?: unknown): AbacusError {
  return new AbacusError("bad_usage", `Cannot read prompts as ${reason}: received ${received}`, {
    cause,
  });
}
