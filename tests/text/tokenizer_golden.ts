/**
 * The cases of tests/golden/tokenizer_files.json: directories of tokenizer files, and what transformers
 * makes of them.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { tokenizerDirectory } from "./golden.ts";

const ids = z.array(z.number()).nullable();

const refused = z.object({ refused: z.string() });

const answered = z.object({
  class: z.string(),
  named: z.record(z.string(), z.string()),
  framed: z.array(ids),
  plain: z.array(ids),
  split: z.array(ids),
  pairs: z.array(ids),
  types: z.array(ids),
  chat: ids,
  sanitized: ids,
  decoded: z.string().nullable(),
});

const fileCase = z.object({
  name: z.string(),
  base: z.string(),
  files: z.record(z.string(), z.unknown()),
  tokenizer: z.record(z.string(), z.unknown()).default({}),
  filler: z.number().default(0),
  /** The file that stands with its merges in the place of tokenizer.json. */
  vocabulary: z.enum(["vocab.json", "vocab.txt"]).optional(),
  answers: z.union([refused, answered]),
});

const golden = z.object({
  texts: z.array(z.string()),
  pairs: z.array(z.tuple([z.string(), z.string()])),
  conversation: z.array(z.object({ role: z.string(), content: z.string() })),
  classes: z.array(z.string()),
  registered: z.record(z.string(), z.string().nullable()),
  cases: z.array(fileCase),
});

/** One directory. */
export type FileCase = z.infer<typeof fileCase>;

/** What transformers made of it. */
export type FileAnswers = z.infer<typeof answered>;

/** Every case, as transformers answered it. */
export function readFileCases(): z.infer<typeof golden> {
  const path = fileURLToPath(new URL("../golden/tokenizer_files.json", import.meta.url));
  return golden.parse(JSON.parse(readFileSync(path, "utf-8")));
}

/** Runs with the directory of a case. */
export async function withCase(
  { base, files, tokenizer, filler, vocabulary }: FileCase,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const json = JSON.parse(readFileSync(join(tokenizerDirectory(base), "tokenizer.json"), "utf-8"));
  for (const [key, value] of Object.entries(tokenizer)) {
    json[key] = key === "model" ? { ...json.model, ...value as Record<string, unknown> } : value;
  }
  for (let at = 0, id = Object.keys(json.model.vocab).length; at < filler; at++, id++) {
    json.model.vocab[`filler${at}`] = id;
  }
  await withFiles({ ...sourceOf(json, vocabulary), ...files }, run);
}

/** tokenizer.json, or the files of its vocabulary alone. */
function sourceOf(
  json: { model: { vocab: Record<string, number>; merges: (string | string[])[] } },
  vocabulary: FileCase["vocabulary"],
): Readonly<Record<string, unknown>> {
  const { vocab, merges } = json.model;
  const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join("");
  if (vocabulary === undefined) return { "tokenizer.json": json };
  if (vocabulary === "vocab.txt") {
    const words = Object.keys(vocab).toSorted((a, b) => vocab[a]! - vocab[b]!);
    return { "vocab.txt": lines(words) };
  }
  const rules = merges.map((merge) => typeof merge === "string" ? merge : merge.join(" "));
  return { "vocab.json": vocab, "merges.txt": lines(["#version: 0.2", ...rules]) };
}

/** Runs with a directory of the given files; what is no text or bytes is written as JSON. */
export async function withFiles(
  files: Readonly<Record<string, unknown>>,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const data = content instanceof Uint8Array
        ? content
        : new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
      await Deno.writeFile(join(directory, name), data);
    }
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
