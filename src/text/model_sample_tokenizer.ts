/**
 * The sample tokenizer of a model directory: samples in, encodings out.
 *
 * A plain sample is tokenised as prompt and completion in one text, or for models of pairs as two texts,
 * with the special tokens that the tokenizer adds. The result is not corrected, even where it has a second
 * beginning-of-sequence token. A chat sample is rendered by the template and tokenised with nothing added,
 * since the template writes the special tokens. Ids are taken as they are. Where texts are to be closed,
 * the token for that is appended to all three where they do not end in it.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ChatTemplate } from "./chat_template.ts";
import type { NoTemplate } from "./choose_template.ts";
import { closesOf, endToken, expectUnpadded } from "./close.ts";
import type { ControlTokens } from "./control_tokens.ts";
import type { Encoding, Span } from "./encoding.ts";
import { fit } from "./fit.ts";
import { decodedTexts } from "./pieces.ts";
import type { Pooling } from "./pooling.ts";
import {
  type RenderedSample,
  type RenderOptions,
  renderSample,
  type SampleInput,
  type TextSample,
} from "./rendered_sample.ts";
import type { Close, Sample, Truncation } from "./sample.ts";
import type { SampleTokenizer } from "./sample_tokenizer.ts";
import { withSteps } from "./step_pieces.ts";
import { stepsOfIds } from "./step_tokens.ts";
import type { StepRule } from "./step_rule.ts";
import { invalid as invalidSteps } from "./steps.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { missing, type TextReaders, tokenizeTexts } from "./tokenize_texts.ts";
import { joinIds, type TokenizedSample } from "./tokenized_sample.ts";
import { TurnRenderer } from "./turn.ts";

/** How many samples, or UTF-16 units of them, are tokenised before other work gets a turn. */
const stride = { samples: 32, characters: 2 ** 16 };

/** Characters that any sample may have, and per token of a long context. */
const CHARACTERS = 2 ** 20;
const CHARACTERS_PER_TOKEN = 64;

/** The parts of a sample tokenizer. */
export interface SampleTokenizerParts {
  readonly tokenizer: Tokenizer;
  /** The control tokens that are plain text in what users write. @default they are control tokens */
  readonly guard?: ControlTokens | undefined;
  /** The template, or why there is none. */
  readonly template: ChatTemplate | NoTemplate;
  /** The most tokens a sequence may have. */
  readonly context: number;
  /** How many ids the model has an embedding for. */
  readonly vocabulary: number;
  /** How many token types; 0 where it has no embedding for any. */
  readonly types: number;
  readonly input: SampleInput;
  /** The tokens that the score is computed from. */
  readonly pooling: Pooling;
  /** The beginning-of-sequence token. */
  readonly bos: number | undefined;
  /** The end-of-sequence token. */
  readonly eos: number | undefined;
  /** The token at which the score is read. @default the model has none of its own for that */
  readonly reward?: number | undefined;
  /** Ids that stand for no text, which a text that is to be closed may not end in. */
  readonly padding: readonly number[];
  /** What texts are closed with unless a call says otherwise. */
  readonly close: Close;
  /** Where the steps of completions end. @default the model reads no steps */
  readonly steps?: StepRule | undefined;
  /** See {@linkcode SampleTokenizer}. */
  readonly digest?: string | undefined;
}

/** See {@linkcode SampleTokenizer}. */
export class ModelSampleTokenizer implements SampleTokenizer {
  readonly chat: boolean;
  readonly warning: string | undefined;
  readonly close: Close;
  readonly closes: readonly Close[];
  readonly digest: string | undefined;
  readonly #parts: SampleTokenizerParts;

  /** @throws {AbacusError} `bad_usage` where texts are to be closed and there is no token for it */
  constructor(parts: SampleTokenizerParts) {
    this.#parts = parts;
    const { template } = parts;
    this.chat = !("missing" in template);
    this.warning = "missing" in template && template.unexpected
      ? `messages are refused as ${template.missing}`
      : undefined;
    this.close = parts.close;
    this.closes = closesOf(parts);
    this.digest = parts.digest;
    endToken(parts.close, parts, { kind: "bad_usage", received: "--append-eos" });
  }

  async encode(
    samples: readonly Sample[],
    truncation: Truncation,
    close: Close = this.close,
  ): Promise<(Encoding | Error)[]> {
    const { template, context, input } = this.#parts;
    const refusal = { kind: "invalid_request", received: close, path: "close" } as const;
    const end = endToken(close, this.#parts, refusal);
    const options: RenderOptions = {
      input,
      turns: "missing" in template ? template : new TurnRenderer(template),
      maxCharacters: Math.max(CHARACTERS, CHARACTERS_PER_TOKEN * context),
    };
    const most = truncation === "none" ? context : undefined;
    const encodings: (Encoding | Error)[] = [];
    // The library works on another thread, so other work gets a turn after every stride.
    for (const part of strides(samples)) {
      for (const sample of await this.#tokenize(part, { ...options, most })) {
        encodings.push(attempt(sample, (sample) => this.#finish(sample, { truncation, end })));
      }
    }
    return encodings;
  }

  decode(lists: readonly Int32Array[]): Promise<readonly string[]> {
    return this.#parts.tokenizer.decode(lists);
  }

  tokenOf(id: number): string | undefined {
    return this.#parts.tokenizer.tokenOf(id);
  }

  async #tokenize(
    samples: readonly Sample[],
    { most, ...options }: RenderOptions & Pick<TextReaders, "most">,
  ): Promise<(TokenizedSample | Error)[]> {
    const { tokenizer, vocabulary, types, input } = this.#parts;
    const typed = input === "pair" && types > 1 && tokenizer.typed;
    const begin = (sample: Sample) =>
      sample.kind === "ids"
        ? joinIds(sample, { vocabulary, typed })
        : this.#render(sample, options);
    const begun = samples.map((sample) => attempt(sample, begin));
    const tokenized = await tokenizeTexts(begun.filter(isText), { ...this.#parts, most });
    return await this.#withIdSteps(
      begun.map((stage) => isText(stage) ? tokenized.get(stage) ?? missing() : stage),
    );
  }

  /** Ids have no text to find steps in: theirs is decoded. */
  async #withIdSteps(
    samples: readonly (TokenizedSample | Error)[],
  ): Promise<(TokenizedSample | Error)[]> {
    const { steps: rule, tokenizer } = this.#parts;
    const isBare = (each: TokenizedSample | Error): each is TokenizedSample =>
      !(each instanceof Error) && each.steps === undefined;
    if (rule === undefined || !samples.some(isBare)) return [...samples];
    const bare = samples.filter(isBare);
    const lists = bare.map(({ ids, completion }) => ids.subarray(...completion));
    const decoded = await decodedTexts(lists, (some) => tokenizer.decode(some));
    const texts = new Map(bare.map((sample, i) => [sample, decoded[i]!]));
    return samples.map((each) =>
      attempt(each, (sample) => {
        const text = texts.get(sample);
        return text === undefined ? sample : { ...sample, steps: stepsOfIds(sample, text, rule) };
      })
    );
  }

  #render(sample: TextSample, options: RenderOptions): RenderedSample {
    const { steps: rule } = this.#parts;
    const { steps } = sample;
    if (rule === undefined && steps !== undefined) {
      throw invalidSteps("steps", "the model scores whole completions and no steps", steps);
    }
    const rendered = this.#renderText(sample, options);
    return rule === undefined ? rendered : withSteps(rendered, rule, steps);
  }

  #renderText(sample: TextSample, options: RenderOptions): RenderedSample {
    const { guard } = this.#parts;
    if (guard === undefined) return renderSample(sample, options);
    if (sample.kind === "chat") {
      const marked = guard.mark(sample);
      return guard.unmark(renderSample(marked, options), marked);
    }
    if (sample.templated) throw indistinct();
    return renderSample(sample, options);
  }

  #finish(
    sample: TokenizedSample,
    { truncation, end }: { truncation: Truncation; end: number | undefined },
  ): Encoding {
    const { ids, types, prompt: [from, to] } = sample;
    if (ids.length === 0 && end === undefined) {
      throw new AbacusError(
        "invalid_request",
        "Cannot encode as there must be at least one token: received none",
      );
    }
    this.#checkVocabulary(ids);
    const { bos, eos, context, pooling, padding, steps } = this.#parts;
    expectUnpadded(sample, { end, padding });
    // Truncation keeps the first token where the model needs it there, whatever wrote it.
    const needed = ids[0] === bos || pooling === "first" ? 1 : 0;
    const prompt: Span = [Math.min(to, Math.max(from, needed)), to];
    const read = { types: this.#typesRead(types) };
    const endings = eos === undefined ? padding : [eos, ...padding];
    const closing = steps && { mark: steps.mark, endings };
    return fit({ ...sample, ...read, prompt }, { context, pooling, truncation, end, closing });
  }

  /** Tokenizers give types also for models that have no embedding for any. */
  #typesRead(types: Int32Array | undefined): Int32Array | undefined {
    const count = this.#parts.types;
    if (count === 0) return undefined;
    const type = types?.find((type) => type >= count);
    if (type === undefined) return types;
    throw new AbacusError(
      "invalid_request",
      `Cannot encode as the model has an embedding for ${count} token types only: received ${type}`,
    );
  }

  /** A tokenizer may know more tokens than the model has embeddings for. */
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

function indistinct(): AbacusError {
  return new AbacusError(
    "invalid_request",
    "Cannot keep control tokens out of users' texts (--split-special-tokens) where a template has " +
      "been applied already, as its own cannot be told from theirs: received such a text",
  );
}

function isText(stage: RenderedSample | TokenizedSample | Error): stage is RenderedSample {
  return "region" in stage;
}

/** Consecutive samples that are tokenised together. */
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
  return sample.messages.reduce((sum, { content = "" }) => sum + content.length, 0) +
    sample.completion.length;
}

/** The result of `step`, or its error where that is of the closed set; other errors are bugs. */
function attempt<From, To>(from: From | Error, step: (from: From) => To): To | Error {
  if (from instanceof Error) return from;
  try {
    return step(from);
  } catch (error) {
    if (error instanceof AbacusError) return error;
    throw error;
  }
}
