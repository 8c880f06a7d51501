/**
 * tests/golden/pooling.json, made by tests/oracle/pooling.py: where transformers reads the score of golden
 * models under every `pad_token_id` that a config.json may have.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { temporaryDirectory } from "./checkpoint.ts";
import { goldenDirectory, servedGoldenNames } from "./golden_model.ts";

const answer = {
  ids: z.array(z.int()),
  types: z.array(z.int()).optional(),
  position: z.int(),
  /** The head at every position; of one setting alone where only ids are given. */
  rows: z.array(z.array(z.number())),
};
const text = { prompt: z.string(), completion: z.string() };

const golden = z.object({
  cases: z.array(z.object({
    model: z.string(),
    pad_token_id: z.union([z.int(), z.null(), z.literal("absent")]),
    sequences: z.array(z.object(answer)),
    texts: z.array(z.object({
      ...text,
      ...answer,
      offsets: z.array(z.tuple([z.int(), z.int()])),
      credit: z.array(z.number()),
    })).optional(),
    closed: z.array(z.object({
      ...text,
      ...answer,
      trainer: z.enum(["TRL", "OpenRLHF"]),
      max_length: z.int().optional(),
    })).optional(),
  })),
});

/** A model under one setting, and what transformers answers. */
export type PoolingCase = z.output<typeof golden>["cases"][number];

/** Those of models that Abacus serves. */
export function poolingCases(): readonly PoolingCase[] {
  const path = fileURLToPath(new URL("../golden/pooling.json", import.meta.url));
  const served = new Set(servedGoldenNames());
  const { cases } = golden.parse(JSON.parse(readFileSync(path, "utf-8")));
  return cases.filter(({ model }) => served.has(model));
}

/** A copy of the golden model with this `pad_token_id`, which goes away at the end of the block. */
export async function paddedBy(
  { model, pad_token_id: padding }: Pick<PoolingCase, "model" | "pad_token_id">,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const files = new Map(
    // Those without a tokenizer of their own, which are asked about ids alone, borrow one.
    ["llama", model].flatMap((from) =>
      [...Deno.readDirSync(goldenDirectory(from))].map(({ name }) => [name, from] as const)
    ).filter(([name, from]) => from === model || name.startsWith("tokenizer")),
  );
  files.delete("config.json");
  for (const [name, from] of files) {
    await Deno.symlink(join(goldenDirectory(from), name), join(directory.path, name));
  }
  const { pad_token_id: _, ...config } = JSON.parse(
    await Deno.readTextFile(join(goldenDirectory(model), "config.json")),
  );
  const field = padding === "absent" ? {} : { pad_token_id: padding };
  const path = join(directory.path, "config.json");
  await Deno.writeTextFile(path, JSON.stringify({ ...config, ...field }));
  return directory;
}
