/**
 * Prompts: what completions are sampled for, from a file or sampled from the policy itself.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { PolicyEngine } from "../graphs/policy_engine.ts";
import type { GivenPrompt, PolicyText } from "./policy_text.ts";
import { fittingPrompt, type PromptRoom } from "./long_prompts.ts";
import { readPromptRow, type WrittenPrompt } from "./prompt_rows.ts";
import { integerBelow, type RandomSource, randomStream, shuffle } from "../math/random.ts";
import type { ResponseLength } from "../settings.ts";
import type { SampleRequest } from "../graphs/sampler_feeds.ts";

/** The largest prompt file in bytes, and the most prompts in one. */
const LIMITS = { bytes: 256_000_000, prompts: 1_000_000 };

/** Openings that the policy samples as prompts: how many, their length in tokens, and the seed. */
const OPENINGS = { count: 512, batch: 64, min: 2, max: 7, seed: 20_240_201 };

/** A prompt that completions are sampled for. */
export interface Prompt {
  readonly ids: Int32Array;
  /** See {@linkcode GivenPrompt}; absent where the ids decode to all that was given. */
  readonly given?: GivenPrompt;
}

/** A request of a rollout: sampled for the prompt's ids, rewarded for what was given. */
export interface PromptedRequest extends SampleRequest {
  readonly given?: GivenPrompt | undefined;
}

/**
 * Parses prompts: JSON Lines with a `prompt`, `messages` or `text` each, or plain text with a prompt per
 * line. Empty lines are skipped.
 *
 * @throws {AbacusError} `bad_usage` naming the file and line that has no prompt
 */
export function parsePrompts(text: string, path: string): WrittenPrompt[] {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "");
  if (lines.length === 0 || lines.length > LIMITS.prompts) {
    throw bad(`it must hold 1 to ${LIMITS.prompts} prompts`, `${lines.length} in ${path}`);
  }
  const json = /\.jsonl?$/.test(path) || lines.every(({ line }) => line.startsWith("{"));
  return lines.map(({ line, number }) =>
    json ? readPromptRow(line, `${path}, line ${number}`) : line
  );
}

/**
 * Reads the prompts of a file. A byte order mark is ignored.
 *
 * @throws {AbacusError} `bad_usage` if the file is missing, too large or not UTF-8
 */
export async function readPrompts(path: string): Promise<WrittenPrompt[]> {
  try {
    const { size } = await Deno.stat(path);
    if (size > LIMITS.bytes) throw bad(`it is larger than ${LIMITS.bytes} bytes`, path);
    return parsePrompts(decoded(await Deno.readFile(path), path), path);
  } catch (error) {
    if (error instanceof AbacusError) throw error;
    throw bad("the file cannot be read", path, error);
  }
}

/** Strict, as invalid bytes would silently become prompts of replacement characters. */
function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw bad("it is not UTF-8", path, cause);
  }
}

/** Limits on the prompts of a policy. */
export interface PromptLimits extends Omit<PromptRoom, "opening"> {
  readonly vocabulary: number;
  /** How messages call one of them. @default "prompt" */
  readonly what?: string;
}

/**
 * Encodes prompts, conversations by the policy's chat template, and checks that each has a token at least
 * and leaves room for a completion; those that do not are cut or left out if that is chosen.
 *
 * @throws {AbacusError} `bad_usage` naming the first at fault; or if none is left
 */
export async function encodePrompts(
  prompts: readonly WrittenPrompt[],
  text: PolicyText,
  limits: PromptLimits,
): Promise<Prompt[]> {
  const encoded = await encode(prompts, text);
  const { what = "prompt" } = limits;
  const room = { ...limits, opening: text.opening };
  const fitting: Prompt[] = [];
  for (const [i, prompt] of encoded.entries()) {
    expectUsable(prompt.ids, limits, `${what} ${i + 1}`);
    const fits = fittingPrompt(prompt, room, `${what} ${i + 1}`);
    if (fits === undefined) continue;
    fitting.push(hasLostText(fits, prompt) ? await withMarks(fits, text) : fits);
  }
  if (fitting.length > 0) return fitting;
  const shortest = Math.min(...encoded.map(({ ids }) => ids.length));
  throw new AbacusError(
    "bad_usage",
    `Cannot train as no ${what} has room in the policy's context of ${limits.context} before ` +
      `--max-new-tokens ${limits.max}: received ${shortest} tokens or more`,
  );
}

/** Whether a prompt was cut that was given as a text with special tokens. */
function hasLostText(fits: Prompt, { given }: Prompt): boolean {
  return given !== undefined && fits.given === undefined;
}

/** A prompt whose special tokens, where it has some, are in what is given, as its ids alone do not tell them. */
async function withMarks({ ids }: Prompt, text: PolicyText): Promise<Prompt> {
  const prompt = await text.marked(ids);
  return prompt === undefined ? { ids } : { ids, given: { prompt } };
}

/** Texts together in one call of the tokenizer, and rendered conversations in another. */
async function encode(prompts: readonly WrittenPrompt[], text: PolicyText): Promise<Prompt[]> {
  const encoded: Prompt[] = new Array(prompts.length);
  const places = Array.from(prompts.keys());
  const plain = places.filter((at) => typeof prompts[at] === "string");
  const texts = await placed(plain, () => text.encodeTexts(plain.map((at) => `${prompts[at]}`)));
  for (const [i, { ids, marked }] of texts.entries()) {
    encoded[plain[i]!] = marked === undefined ? { ids } : { ids, given: { prompt: marked } };
  }
  const chats = places.filter((at) => typeof prompts[at] !== "string");
  const messagesAt = (at: number) => prompts[at] as Exclude<WrittenPrompt, string>;
  const rendered: string[] = [];
  for (const at of chats) rendered.push(await placed([at], () => text.render(messagesAt(at))));
  const turns = await placed(chats, () => text.encodeTexts(rendered, { rendered: true }));
  for (const [i, { ids }] of turns.entries()) {
    encoded[chats[i]!] = { ids, given: { messages: messagesAt(chats[i]!) } };
  }
  return encoded;
}

/** Errors of some of the prompts, as `[1]`, name their place among all. */
async function placed<T>(places: readonly number[], work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    const { message, path, cause } = error;
    const at = places[Number(/\d+/.exec(path ?? "[0]")?.[0])] ?? 0;
    throw new AbacusError("bad_usage", message, { cause, path: `prompts[${at}]` });
  }
}

function expectUsable(
  ids: Int32Array,
  limits: Pick<PromptLimits, "vocabulary">,
  name: string,
): void {
  const { vocabulary } = limits;
  const fail = (reason: string, received: string) => {
    throw new AbacusError(
      "bad_usage",
      `Cannot use ${name} as ${reason}: received ${received}`,
    );
  };
  if (ids.length === 0) fail("it is empty and the policy has no BOS token", "no tokens");
  const unknown = ids.find((id) => id >= vocabulary);
  if (unknown !== undefined) fail(`the policy's vocabulary is ${vocabulary}`, `the id ${unknown}`);
}

/**
 * Samples openings from the policy to use as prompts; they do not depend on the run's seed.
 *
 * @throws {AbacusError} `bad_usage` if the policy has no token to start from, or no room to continue the
 * longest opening
 */
export async function sampleOpenings(
  engine: PolicyEngine,
  opening: Int32Array,
  limits: PromptLimits,
): Promise<Prompt[]> {
  const { count, batch, min, max, seed } = OPENINGS;
  expectOpenings(opening, limits);
  const openings: Prompt[] = [];
  for (let step = 0; openings.length < count; step++) {
    const random = randomStream({ seed, step, purpose: "openings" });
    const requests = Array.from({ length: batch }, () => {
      const length = min + integerBelow(random, max - min + 1);
      return { prompt: opening, limits: { min: length, max: length } };
    });
    openings.push(...(await engine.sample(requests, random)).map(({ ids }) => ({ ids })));
  }
  return openings;
}

function expectOpenings(opening: Int32Array, limits: PromptLimits): void {
  if (opening.length === 0) {
    throw new AbacusError(
      "bad_usage",
      "Cannot sample prompts as the policy's tokenizer has no BOS token " +
        "(--prompts reads prompts from a file): received none",
    );
  }
  const longest = Int32Array.from([...opening, ...Array(OPENINGS.max).fill(0)]);
  fittingPrompt({ ids: longest }, { ...limits, long: "refuse" }, "the longest opening");
}

/** What the requests of a step are chosen by. */
interface RequestChoice {
  /** Completions, as many for each prompt: a multiple of `completionsPerPrompt`. */
  readonly batch: number;
  readonly completionsPerPrompt: number;
  readonly length: ResponseLength;
}

/**
 * The prompts of one step, distinct if there are enough. Completions of a prompt stand together, and have
 * the same limits, so that they can be compared.
 */
export function chooseRequests(
  prompts: readonly Prompt[],
  { batch, completionsPerPrompt: perPrompt, length }: RequestChoice,
  random: RandomSource,
): PromptedRequest[] {
  const count = batch / perPrompt;
  const chosen: Prompt[] = [];
  while (chosen.length < count) {
    // Not a spread: there may be more prompts than a call takes arguments.
    for (const prompt of shuffle(random, prompts)) chosen.push(prompt);
  }
  return chosen.slice(0, count).flatMap(({ ids: prompt, given }) => {
    const { min, max, varied } = length;
    const limit = varied ? min + integerBelow(random, max - min + 1) : max;
    return Array<PromptedRequest>(perPrompt).fill({ prompt, limits: { min, max: limit }, given });
  });
}

function bad(reason: string, received: string, cause?: unknown): AbacusError {
  return new AbacusError("bad_usage", `Cannot read prompts as ${reason}: received ${received}`, {
    cause,
  });
}
