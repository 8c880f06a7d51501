/**
 * The sample tokenizer of a model directory: samples in, encodings out.
 *
 * A plain sample is tokenised as prompt and completion in one text, with the special tokens that the
 * tokenizer adds; whatever the tokenizer makes of a text, a second beginning-of-sequence token
 * included, is what the model sees. A chat sample is rendered by the template and tokenised with
 * nothing added, for a template writes its own special tokens. Ids are taken as they are.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ChatTemplate } from "./chat_template.ts";
import { type Draft, draftOf } from "./draft.ts";
import type { SampleTokenizer } from "./sample_tokenizer.ts";
import type { Encoding } from "./encoding.ts";
import { fit } from "./fit.ts";
import { draftOfIds } from "./ids_sample.ts";
import type { Pooling } from "./pooling.ts";
import type { Sample, Truncation } from "./sample.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { TurnRenderer } from "./turn.ts";
import { write, type WriteOptions, type Written } from "./written.ts";

/** How many samples, or UTF-16 units of them, are worked on without a pause. */
const stride = { samples: 32, characters: 2 ** 16 };

/** Characters that any sample may have, and how many more where the context is long. */
const CHARACTERS = 2 ** 20;
const CHARACTERS_PER_TOKEN = 64;

/** What a sample tokenizer is made of. */
export interface SampleTokenizerParts {
  readonly tokenizer: Tokenizer;
  /** The template, or why there is none. */
  readonly template: ChatTemplate | { readonly missing: string };
  /** The most tokens a sequence may have. */
  readonly context: number;
  /** How many ids the model has an embedding for. */
  readonly vocabulary: number;
  /** The tokens that the score is computed from. */
  readonly pooling: Pooling;
  /** The beginning-of-sequence token. */
  readonly bos: number | undefined;
}

/** See {@linkcode SampleTokenizer}. */
export class ModelSampleTokenizer implements SampleTokenizer {
  readonly chat: boolean;
  readonly #parts: SampleTokenizerParts;

  constructor(parts: SampleTokenizerParts) {
    this.#parts = parts;
    this.chat = !("missing" in parts.template);
  }

  async encode(
    samples: readonly Sample[],
    truncation: Truncation,
  ): Promise<(Encoding | Error)[]> {
    const { template, context } = this.#parts;
    const options: WriteOptions = {
      turns: "missing" in template ? template : new TurnRenderer(template),
      maxCharacters: Math.max(CHARACTERS, CHARACTERS_PER_TOKEN * context),
    };
    const encodings: (Encoding | Error)[] = [];
    // The library works on another thread, so other work gets its turn after every stride.
    for (const part of strides(samples)) {
      for (const draft of await this.#draft(part, options)) {
        encodings.push(attempt(draft, (draft) => this.#finish(draft, truncation)));
      }
    }
    return encodings;
  }

  decode(lists: readonly Int32Array[]): Promise<readonly string[]> {
    return this.#parts.tokenizer.decode(lists);
  }

  async #draft(samples: readonly Sample[], options: WriteOptions): Promise<(Draft | Error)[]> {
    const { vocabulary } = this.#parts;
    const begin = (sample: Sample) =>
      sample.kind === "ids" ? draftOfIds(sample, vocabulary) : write(sample, options);
    const written = samples.map((sample) => attempt(sample, begin));
    const drafts = await draftWritten(written.filter(isWritten), this.#parts.tokenizer);
    return written.map((stage) => isWritten(stage) ? drafts.get(stage) ?? unanswered() : stage);
  }

  #finish(draft: Draft, truncation: Truncation): Encoding {
    const { ids, completion } = draft;
    if (ids.length === 0) {
      throw new AbacusError(
        "invalid_request",
        "Cannot encode as there must be at least one token: received none",
      );
    }
    this.#checkVocabulary(ids);
    const { bos, context, pooling } = this.#parts;
    const head = Math.min(completion[0], Math.max(draft.head, ids[0] === bos ? 1 : 0));
    return fit({ ...draft, head }, { context, pooling, truncation });
  }

  /** A tokenizer may know more tokens than the model was given embeddings for. */
  #checkVocabulary(ids: Int32Array): void {
    const { vocabulary, tokenizer } = this.#parts;
    const id = ids.find((id) => id >= vocabulary);
    if (id === undefined) return;
    throw new AbacusError(
      "invalid_request",
      `Cannot encode as the model has no embedding for the token ` +
        `${JSON.stringify(tokenizer.tokenOf(id) ?? null)}, only for ids below ${vocabulary}: ` +
        `received ${id}`,
    );
  }
}

function isWritten(stage: Written | Draft | Error): stage is Written {
  return "region" in stage;
}

/** Two calls of the library at most: one with special tokens added, one without. */
async function draftWritten(
  written: readonly Written[],
  tokenizer: Tokenizer,
): Promise<Map<Written, Draft | Error>> {
  const drafts = new Map<Written, Draft | Error>();
  for (const addSpecialTokens of [true, false]) {
    const group = written.filter((one) => one.addSpecialTokens === addSpecialTokens);
    const encoded = await tokenizer.encode(group.map((one) => one.text), { addSpecialTokens });
    for (const [at, one] of group.entries()) {
      const tokens = encoded[at] ?? unanswered();
      drafts.set(one, tokens instanceof Error ? refused(tokens) : draftOf(tokens, one.region));
    }
  }
  return drafts;
}

function refused(cause: Error): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot encode as the tokenizer refuses the text: received ${cause.message}`,
    { cause },
  );
}

function unanswered(): Error {
  return new Error("the tokenizers library answered for fewer texts than it was given");
}

/** Consecutive samples that are worked on together. */
function* strides(samples: readonly Sample[]): Iterable<readonly Sample[]> {
  let start = 0;
  let characters = 0;
  for (const [at, sample] of samples.entries()) {
    characters += sizeOf(sample);
    if (at + 1 - start < stride.samples && characters < stride.characters) continue;
    yield samples.slice(start, at + 1);
    start = at + 1;
    characters = 0;
  }
  if (start < samples.length) yield samples.slice(start);
}

function sizeOf(sample: Sample): number {
  if (sample.kind === "ids") return sample.promptIds.length + sample.completionIds.length;
  if (sample.kind === "plain") return sample.prompt.length + sample.completion.length;
  return sample.messages.reduce((sum, { content }) => sum + content.length, 0) +
    sample.completion.length;
}

/** What becomes of a value, or the error of the closed set that it meets; other errors are bugs. */
function attempt<From, To>(from: From | Error, step: (from: From) => To): To | Error {
  if (from instanceof Error) return from;
  try {
    return step(from);
  } catch (error) {
    if (error instanceof AbacusError) return error;
    throw error;
  }
}
