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
  { base, files, tokenizer, filler }: FileCase,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const json = JSON.parse(readFileSync(join(tokenizerDirectory(base), "tokenizer.json"), "utf-8"));
  for (const [key, value] of Object.entries(tokenizer)) {
    json[key] = key === "model" ? { ...json.model, ...value as Record<string, unknown> } : value;
  }
  for (let at = 0, id = Object.keys(json.model.vocab).length; at < filler; at++, id++) {
    json.model.vocab[`filler${at}`] = id;
  }
  await withFiles({ "tokenizer.json": json, ...files }, run);
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
