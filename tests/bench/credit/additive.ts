/**
 * An additive reward model: GPT-2 with weights that are set and not trained, whose score is the sum of the
 * weights of the words in the text. Its one layer pays almost all of its attention to the beginning of the
 * text and the same tiny part to each word, and values are as much larger.
 *
 * @module
 */

import { join } from "node:path";
import { writeCheckpoint } from "../../support/checkpoint.ts";
import { seeded } from "../seeded.ts";

/** How much the beginning's attention is above a word's, in nats: a word's part is exp(-16). */
const SINK = 16;

/** What is in every token's state, beside which words are small, so that norms divide all by the same. */
const LEVEL = 1_000;

/** The width: each number stands with its opposite beside it, as norms subtract the mean. */
const WIDTH = 8;

/** Texts may have so many tokens. */
const CONTEXT = 256;

/** Words and what each is worth. */
export type WordWeights = ReadonlyMap<string, number>;

/** As many words as that, half of them worth nothing, the others up to 1 for or against. */
export function wordWeights(count: number, seed: number): WordWeights {
  const random = seeded(seed);
  return new Map(
    Array.from(
      { length: count },
      (_, i) => [`w${i}`, random() < 0.5 ? 0 : 2 * random() - 1] as const,
    ),
  );
}

/** A text of sentences of these words, and what each of its words is worth. */
export function additiveText(
  weights: WordWeights,
  { sentences, random }: { sentences: number; random: () => number },
): { text: string; worths: number[] } {
  const words = [...weights];
  const worths: number[] = [];
  const lines = Array.from({ length: sentences }, () => {
    const chosen = Array.from(
      { length: 3 + Math.floor(random() * 6) },
      () => words[Math.floor(random() * words.length)]!,
    );
    // The sign that ends a sentence is a word too, which is worth nothing.
    worths.push(...chosen.map(([, worth]) => worth), 0);
    return `${chosen.map(([word]) => word).join(" ")} .`;
  });
  return { text: lines.map((line) => line.replace("w", "W")).join(" "), worths };
}

/** Writes the model's directory. */
export async function writeAdditiveModel(directory: string, weights: WordWeights): Promise<void> {
  const words = ["<s>", ".", ...weights.keys()];
  const vocabulary = Object.fromEntries(words.map((word, id) => [word, id]));
  const write = (name: string, value: unknown) =>
    Deno.writeTextFile(join(directory, name), JSON.stringify(value));
  await write("config.json", configOf(words.length));
  await write("tokenizer.json", tokenizerOf(vocabulary));
  await write("tokenizer_config.json", { bos_token: "<s>", tokenizer_class: "TokenizersBackend" });
  await writeCheckpoint(
    directory,
    tensorsOf(["<s>", "."].map(() => 0).concat([...weights.values()])),
  );
}

function configOf(vocabulary: number) {
  return {
    architectures: ["GPT2ForSequenceClassification"],
    model_type: "gpt2",
    n_embd: WIDTH,
    n_head: 1,
    n_layer: 1,
    n_positions: CONTEXT,
    vocab_size: vocabulary,
    id2label: { 0: "LABEL_0" },
    label2id: { LABEL_0: 0 },
    bos_token_id: 0,
    eos_token_id: 0,
    pad_token_id: null,
  };
}

/** Words between spaces, in lower case, behind the sign that begins a text. */
function tokenizerOf(vocab: Record<string, number>) {
  const special = { id: "<s>", ids: [0], tokens: ["<s>"] };
  return {
    version: "1.0",
    added_tokens: [{
      id: 0,
      content: "<s>",
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    }],
    normalizer: { type: "Lowercase" },
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 0 } }],
      special_tokens: { "<s>": special },
    },
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: "." },
  };
}

/** Places in the state: a word's worth, the level, whether it is the beginning, and the sum. */
const [WORTH, STATE, BEGINNING, SUM] = [0, 2, 4, 6];

/** What a norm makes of a state divides it by half the level. */
const NORM = 2 / LEVEL;

function tensorsOf(worths: readonly number[]) {
  const row = (values: Readonly<Record<number, number>>) => {
    const state = new Array<number>(WIDTH).fill(0);
    for (const [at, value] of Object.entries(values)) {
      state[Number(at)] = value;
      state[Number(at) + 1] = -value;
    }
    return state;
  };
  const matrix = (
    rows: number,
    columns: number,
    set: readonly (readonly [number, number, number])[],
  ) => {
    const data = new Array<number>(rows * columns).fill(0);
    for (const [r, c, value] of set) data[r * columns + c] = value;
    return { shape: [rows, columns], data };
  };
  const vector = (length: number, value = 0) => ({
    shape: [length],
    data: new Array<number>(length).fill(value),
  });
  const embeddings = worths.flatMap((worth, id) =>
    row({ [WORTH]: worth, [BEGINNING]: id === 0 ? 1 : 0 })
  );
  const positions = Array.from({ length: CONTEXT }, () => row({ [STATE]: LEVEL })).flat();
  const key = SINK * Math.sqrt(WIDTH) / (2 * NORM); // a query is the level after its norm, 2
  const value = Math.exp(SINK) / NORM;
  return [
    { name: "transformer.wte.weight", shape: [worths.length, WIDTH], data: embeddings },
    { name: "transformer.wpe.weight", shape: [CONTEXT, WIDTH], data: positions },
    ...["ln_1", "ln_2"].flatMap((norm) => [
      { name: `transformer.h.0.${norm}.weight`, ...vector(WIDTH, 1) },
      { name: `transformer.h.0.${norm}.bias`, ...vector(WIDTH) },
    ]),
    {
      name: "transformer.h.0.attn.c_attn.weight",
      ...matrix(WIDTH, 3 * WIDTH, [
        [STATE, 0, 1],
        [BEGINNING, WIDTH, key],
        [WORTH, 2 * WIDTH, value],
      ]),
    },
    { name: "transformer.h.0.attn.c_attn.bias", ...vector(3 * WIDTH) },
    {
      name: "transformer.h.0.attn.c_proj.weight",
      ...matrix(WIDTH, WIDTH, [[0, SUM, 1], [0, SUM + 1, -1]]),
    },
    { name: "transformer.h.0.attn.c_proj.bias", ...vector(WIDTH) },
    { name: "transformer.h.0.mlp.c_fc.weight", ...matrix(WIDTH, 4 * WIDTH, []) },
    { name: "transformer.h.0.mlp.c_fc.bias", ...vector(4 * WIDTH) },
    { name: "transformer.h.0.mlp.c_proj.weight", ...matrix(4 * WIDTH, WIDTH, []) },
    { name: "transformer.h.0.mlp.c_proj.bias", ...vector(WIDTH) },
    { name: "transformer.ln_f.weight", ...vector(WIDTH, 1) },
    { name: "transformer.ln_f.bias", ...vector(WIDTH) },
    { name: "score.weight", ...matrix(1, WIDTH, [[0, SUM, 1 / NORM]]) },
  ];
}
