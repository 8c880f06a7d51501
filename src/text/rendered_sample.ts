/**
 * RenderedSample: a sample as the text or the pair of texts that is tokenised, with the place of the
 * completion in it.
 *
 * Checks the texts of callers. Knows no tokens.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { NoTemplate } from "./choose_template.ts";
import type { TextPiece } from "./encode_pieces.ts";
import { codePointLength } from "./encoding.ts";
import type { Region } from "./tokenized_sample.ts";
import type { Sample } from "./sample.ts";
import type { RenderedSteps } from "./step_pieces.ts";
import type { TextPair } from "./tokenizer.ts";
import type { TurnRenderer } from "./turn.ts";

/** The most turns of a conversation. */
const LONGEST_CONVERSATION = 4_096;

/**
 * Whether a model was trained on prompt and completion as one text, or as the two texts of a pair
 * (`tokenizer(prompt, completion)`).
 */
export type SampleInput = "joined" | "pair";

/** Samples that hold text. */
export type TextSample = Exclude<Sample, { kind: "ids" }>;

/** A text ready to be tokenised, or a pair, whose second text is the completion. */
export interface RenderedSample {
  readonly text: string | TextPair;
  readonly region: Region;
  /** Whether the tokenizer adds its own special tokens, or the text has them already. */
  readonly addSpecialTokens: boolean;
  /** The parts of the text, where control tokens in it are plain text or marks stand. @default it is one */
  readonly pieces?: readonly TextPiece[];
  /** The steps of the completion, for models that read them. */
  readonly steps?: RenderedSteps;
}

/** What rendering depends on besides the sample. */
export interface RenderOptions {
  /** UTF-16 units that prompt and completion may have together. */
  readonly maxCharacters: number;
  readonly input: SampleInput;
  /** Renders conversations, or says why it cannot. */
  readonly turns: TurnRenderer | Pick<NoTemplate, "missing" | "remedy">;
}

/**
 * Renders a sample. For models of pairs a plain sample is a pair; what a template was applied to is one
 * text, since the template says how prompt and completion are joined.
 *
 * @throws {AbacusError} `invalid_request` for text that is not Unicode and for a conversation that
 * cannot be rendered; `too_long` for more text than could ever fit
 */
export function renderSample(sample: TextSample, options: RenderOptions): RenderedSample {
  checkText(sample, options.maxCharacters);
  return sample.kind === "plain" ? renderPlain(sample, options) : renderChat(sample, options);
}

function renderPlain(
  { prompt, completion, templated = false }: Extract<Sample, { kind: "plain" }>,
  { input }: RenderOptions,
): RenderedSample {
  const isPair = input === "pair" && !templated;
  const start = isPair ? 0 : codePointLength(prompt);
  const length = codePointLength(completion);
  return {
    text: isPair ? [prompt, completion] : prompt + completion,
    region: { start, end: start + length, length, parts: [{ text: start, completion: 0, length }] },
    addSpecialTokens: !templated,
  };
}

function renderChat(
  { messages, completion }: Extract<Sample, { kind: "chat" }>,
  { turns }: RenderOptions,
): RenderedSample {
  if ("missing" in turns) {
    const { missing, remedy } = turns;
    const reason = remedy === undefined ? missing : `${missing} (${remedy})`;
    throw new AbacusError(
      "invalid_request",
      `Cannot render messages as ${reason}: received ${countOf(messages)}`,
      { path: "messages" },
    );
  }
  const turn = turns.render(messages, completion);
  const { text, parts } = turn;
  const start = codePointLength(text.slice(0, turn.start));
  return {
    text,
    region: {
      start,
      end: start + codePointLength(text.slice(turn.start, turn.end)),
      length: codePointLength(completion),
      parts: parts.map((part) => ({
        text: codePointLength(text.slice(0, part.text)),
        completion: codePointLength(completion.slice(0, part.completion)),
        length: codePointLength(text.slice(part.text, part.text + part.length)),
      })),
    },
    addSpecialTokens: false,
  };
}

function countOf({ length }: readonly unknown[]): string {
  return `${length} message${length === 1 ? "" : "s"}`;
}

function checkText(sample: TextSample, maxCharacters: number): void {
  const parts = [...partsOf(sample)];
  for (const [path, text] of parts) {
    if (!text.isWellFormed()) throw loneSurrogate(path, text);
  }
  const characters = parts.reduce((sum, [, text]) => sum + text.length, 0);
  if (characters > maxCharacters) {
    throw new AbacusError(
      "too_long",
      `Cannot encode as a sample may have at most ${maxCharacters} characters: ` +
        `received ${characters}`,
    );
  }
}

/** Every text of a sample with its path. */
function* partsOf(sample: TextSample): Iterable<[path: string, text: string]> {
  yield ["completion", sample.completion];
  if (sample.kind === "plain") return yield ["prompt", sample.prompt];
  const { length } = sample.messages;
  if (length > LONGEST_CONVERSATION) {
    throw new AbacusError(
      "invalid_request",
      `Cannot render more than ${LONGEST_CONVERSATION} messages: received ${length}`,
      { path: "messages" },
    );
  }
  for (const [at, message] of sample.messages.entries()) {
    for (const [key, value] of Object.entries(message)) {
      yield* textsIn(value, `messages[${at}].${key}`);
    }
  }
}

/** Every text in a value, keys of objects too, with its path. */
function* textsIn(value: unknown, path: string): Iterable<[path: string, text: string]> {
  if (typeof value === "string") yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield [path, key];
    yield* textsIn(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
  }
}

/** Half of a surrogate pair is no character, and UTF-8 cannot encode it. */
function loneSurrogate(path: string, text: string): AbacusError {
  const at = text.search(/\p{Surrogate}/u);
  const code = text.charCodeAt(at).toString(16).toUpperCase();
  return new AbacusError(
    "invalid_request",
    `Cannot encode '${path}' as it must be Unicode text: received the lone surrogate U+${code} ` +
      `at character ${codePointLength(text.slice(0, at))}`,
    { path },
  );
}
