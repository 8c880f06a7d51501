/**
 * The golden cases of tests/golden/text.json and the tokenizers they were made with.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { SampleTokenizer } from "../../src/text/sample_tokenizer.ts";
import {
  loadSampleTokenizer,
  type SampleTokenizerOptions,
} from "../../src/text/load_sample_tokenizer.ts";

const span = z.tuple([z.number(), z.number()]);

const found = {
  tokenizer: z.string(),
  completion_text: z.string(),
  ids: z.array(z.number()),
  completion: span,
  offsets: z.array(span),
};

const truncation = {
  tokenizer: z.string(),
  side: z.enum(["left", "right"]),
  context: z.number(),
  prompt: z.string(),
  completion_text: z.string(),
  ids: z.array(z.number()),
};

const golden = z.object({
  moment: z.string(),
  templates: z.record(z.string(), z.string()),
  plain: z.array(z.object({ ...found, prompt: z.string() })),
  chat: z.array(z.union([
    z.object({
      ...found,
      template: z.string(),
      messages: z.array(z.object({ role: z.string(), content: z.string() })),
      text: z.string(),
    }),
    z.object({
      tokenizer: z.string(),
      template: z.string(),
      messages: z.array(z.object({ role: z.string(), content: z.string() })),
      completion_text: z.string(),
      refused: z.string(),
    }),
  ])),
  truncation: z.array(z.object(truncation)),
  pairs: z.array(z.object({ ...found, prompt: z.string(), types: z.array(z.number()) })),
  pair_truncation: z.array(z.object({ ...truncation, types: z.array(z.number()) })),
});

/** Every golden case, as transformers made it. */
export function readGolden(): z.infer<typeof golden> {
  const path = fileURLToPath(new URL("../golden/text.json", import.meta.url));
  return golden.parse(JSON.parse(readFileSync(path, "utf-8")));
}

/** The tokenizers of tests/golden/text. */
export const tokenizerNames = [
  "byte",
  "folded",
  "llama",
  "metaspace",
  "trimmed",
  "unigram",
  "wordpiece",
] as const;

/** Those that golden pairs of texts were made with. */
export const pairedNames = ["byte", "trimmed", "wordpiece"] as const;

/** Those whose tokens leave no character of a text out. */
export const completeNames = ["byte", "llama", "metaspace", "trimmed"] as const;

/** The directory of one of them. */
export function tokenizerDirectory(name: string): string {
  return fileURLToPath(new URL(`../golden/text/${name}`, import.meta.url));
}

/** One of them loaded, with a context that no test reaches by accident. */
export function goldenTokenizer(
  name: string,
  options: Partial<SampleTokenizerOptions> = {},
): Promise<SampleTokenizer> {
  const sizes = { context: 4_096, vocabulary: 1_000, pooling: "last" } as const;
  return loadSampleTokenizer(tokenizerDirectory(name), { ...sizes, ...options });
}
