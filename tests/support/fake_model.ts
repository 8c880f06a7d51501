/**
 * A loaded model without files: a tokenizer of words and bytes, a chat template of one line, a causal
 * fake engine behind it.
 *
 * ASCII words (with the space before them) and single ASCII signs are one token each; any other
 * character is one token per UTF-8 byte, all of which carry its offset, as in byte-level tokenizers.
 * Prompt and completion are tokenised as one text, so that words merge across the prompt's end.
 *
 * @module
 */

import { AbacusError } from "../../src/errors.ts";
import type { AttentionKind } from "../../src/architectures/architecture.ts";
import type { LoadedModel } from "../../src/model/model.ts";
import type { Encoding, Span } from "../../src/text/encoding.ts";
import type { Close, Message, Sample, Truncation } from "../../src/text/sample.ts";
import { FakeEngine } from "./fake_engine.ts";

/** Ids of the fake tokenizer's special tokens, and where its own ones begin and end. */
export const fakeIds = { bos: 0, eos: 1, turn: 2, bytes: 3, words: 259, vocabulary: 65_536 };

/** How a fake model differs from the plain one. */
export interface FakeModelOptions {
  /** @default "fake-reward" */
  name?: string;
  /** Tokens that fit into the model. @default 64 */
  context?: number;
  /** @default "causal" */
  attention?: AttentionKind;
  /** Whether it brings a chat template. @default true */
  chat?: boolean;
  /** Whether the tokenizer ends a text with an end-of-sequence token. @default false */
  closing?: boolean;
  /** What texts are closed with unless a request says otherwise. @default "none" */
  close?: Close;
  /** Of its tokenizer. @default it is not known */
  digest?: string;
  /**
   * Whether it scores steps, which end at line breaks and at ids that 5 divides; the score is the mean of theirs.
   *
   * @default false
   */
  steps?: boolean;
  /** Outputs of the head: 1, or 2 for a difference. @default 1 */
  labels?: 1 | 2;
  engine?: FakeEngine;
  /** Tokens of the longest text for credit by gradient. @default as many as fit */
  ownPassTokens?: number;
}

/** A {@linkcode LoadedModel} whose engine tests can steer. */
export interface FakeModel extends LoadedModel {
  readonly engine: FakeEngine;
}

/** Makes a fake model; nothing is loaded. */
export function fakeModel(options: FakeModelOptions = {}): FakeModel {
  const { name = "fake-reward", context = 64, attention = "causal", chat = true, labels = 1 } =
    options;
  const { close: usual = "none", steps = false } = options;
  const engine = options.engine ?? new FakeEngine({ labels, kind: attention, steps });
  const encode = (samples: readonly Sample[], truncation: Truncation, close = usual) =>
    Promise.resolve(samples.map((sample) => {
      try {
        return fit(closed(write(sample, options), close), { context, truncation, steps });
      } catch (error) {
        if (error instanceof AbacusError) return error;
        throw error;
      }
    }));
  // Every token writes a word of its own, and every fifth ends a sentence.
  const decode = (lists: readonly Int32Array[]) =>
    Promise.resolve(
      lists.map((ids) => Array.from(ids, (id) => id % 5 === 0 ? ` ${id}.` : ` ${id}`).join("")),
    );
  return {
    name,
    family: "fake",
    architecture: "FakeForSequenceClassification",
    attention,
    pooling: steps ? "steps" : "last",
    head: "linear score",
    task: steps ? "token" : "sequence",
    ...(steps ? { steps: { text: "ends at a line break", reduction: "mean" } } : {}),
    input: "joined",
    dimensions: { hidden: 8, layers: 2, heads: 2, vocabulary: fakeIds.vocabulary, context, labels },
    notes: [],
    normalization: "none",
    parameters: 1_234,
    storedDtype: "float32",
    tokenizer: {
      chat,
      close: usual,
      closes: ["eos", "none"],
      ...(options.digest === undefined ? {} : { digest: options.digest }),
      encode,
      decode,
      tokenOf: (id) => `token ${id}`,
    },
    engine,
    ownPassTokens: options.ownPassTokens ?? context,
    scoreRule: labels === 1 ? "LABEL_0" : "LABEL_1 - LABEL_0",
    score: readScore,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

function readScore(logits: Float32Array): number {
  const [first = NaN, second] = logits;
  const score = second === undefined ? first : second - first;
  if (Number.isFinite(score)) return score;
  throw new AbacusError(
    "model_failure",
    `Cannot score as a logit is not finite: received ${score}`,
  );
}

interface Piece {
  readonly id: number;
  readonly span: Span;
}

/** A sample as pieces, before it is fitted to the context. */
interface Written {
  readonly before: readonly number[];
  readonly completion: readonly Piece[];
  readonly after: readonly number[];
  readonly length: number;
  readonly spans: boolean;
}

function write(sample: Sample, { chat = true, closing = false }: FakeModelOptions): Written {
  if (sample.kind === "ids") return writeIds(sample.promptIds, sample.completionIds);
  const templated = sample.kind === "plain" && sample.templated === true;
  const after = (closing && !templated) || sample.kind === "chat" ? [fakeIds.eos] : [];
  if (sample.kind === "chat" && !chat) {
    throw new AbacusError(
      "invalid_request",
      "Cannot render messages as the model has no template",
      { path: "messages" },
    );
  }
  const prompt = sample.kind === "chat" ? render(sample.messages) : sample.prompt;
  const start = Array.from(prompt).length;
  const length = Array.from(sample.completion).length;
  const pieces = tokenize(prompt + sample.completion);
  const first = pieces.findIndex(({ span }) => span[1] > start);
  const cut = first < 0 ? pieces.length : first;
  return {
    before: [...templated ? [] : [fakeIds.bos], ...pieces.slice(0, cut).map((piece) => piece.id)],
    completion: pieces.slice(cut).map(({ id, span: [from, to] }) => ({
      id,
      span: [Math.max(0, from - start), to - start],
    })),
    after,
    length,
    spans: true,
  };
}

/** With an end-of-sequence token behind it, unless the sample ends in one. */
function closed(written: Written, close: Close): Written {
  const { before, completion, after } = written;
  const last = after.at(-1) ?? completion.at(-1)?.id ?? before.at(-1);
  return close === "none" || last === fakeIds.eos
    ? written
    : { ...written, after: [...after, fakeIds.eos] };
}

function writeIds(prompt: readonly number[], completion: readonly number[]): Written {
  checkIds("prompt_ids", prompt);
  checkIds("completion_ids", completion);
  if (prompt.length + completion.length === 0) {
    throw new AbacusError(
      "invalid_request",
      "Cannot encode as there must be a token: received none",
    );
  }
  const pieces = completion.map((id): Piece => ({ id, span: [0, 0] }));
  return { before: prompt, completion: pieces, after: [], length: 0, spans: false };
}

function checkIds(field: string, ids: readonly number[]): void {
  const at = ids.findIndex((id) => id >= fakeIds.vocabulary);
  if (at < 0) return;
  throw new AbacusError(
    "invalid_request",
    `Cannot encode as the vocabulary has ${fakeIds.vocabulary} tokens: received ${ids[at]}`,
    { path: `${field}[${at}]` },
  );
}

function render(messages: readonly Message[]): string {
  return messages.map(({ role, content }) => `${role}: ${content}\n`).join("") + "assistant:";
}

function tokenize(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const [word] of text.matchAll(/ ?[A-Za-z0-9']+|./gsu)) {
    const span: Span = [at, at += Array.from(word).length];
    const bytes = new TextEncoder().encode(word);
    if (bytes.length === word.length) pieces.push({ id: wordId(word), span });
    else for (const byte of bytes) pieces.push({ id: fakeIds.bytes + byte, span });
  }
  return pieces;
}

function wordId(word: string): number {
  let state = 7;
  for (const sign of word) state = Math.imul(state, 31) + (sign.codePointAt(0) ?? 0);
  return fakeIds.words + (state >>> 0) % (fakeIds.vocabulary - fakeIds.words);
}

function fit(
  written: Written,
  { context, truncation, steps }: { context: number; truncation: Truncation; steps: boolean },
): Encoding {
  let { before, completion } = written;
  const excess = before.length + completion.length + written.after.length - context;
  if (excess > 0 && truncation === "left") before = before.slice(excess);
  if (excess > 0 && truncation === "right") completion = completion.slice(0, -excess);
  const ids = Int32Array.from([
    ...before,
    ...completion.map((piece) => piece.id),
    ...written.after,
  ]);
  if (ids.length > context) {
    throw new AbacusError(
      "too_long",
      `Cannot score as the model reads at most ${context} tokens: received ${ids.length}`,
    );
  }
  const end = before.length + completion.length;
  return {
    ids,
    completion: [before.length, end],
    closing: [end, ids.length],
    ...(steps ? stepsOf(ids, [before.length, end]) : { pool: [ids.length - 1] }),
    offsets: written.spans ? completion.map((piece) => piece.span) : [],
    completionLength: written.length,
    truncated: excess > 0,
  };
}

/** The ends of steps, the last token always being one; of an empty completion, the token before it. */
function stepsOf(ids: Int32Array, [start, end]: Span): Pick<Encoding, "pool" | "steps"> {
  const ends = (at: number) => ids[at]! % 5 === 0 || ids[at] === wordId("\n");
  const found = Array.from({ length: end - start }, (_, i) => start + i).filter(ends);
  const last = Math.max(0, end - 1);
  const pool = found.at(-1) === last ? found : [...found, last];
  return { pool, steps: pool.map((at) => ({ at, mark: at + 1, inserted: false })) };
}
