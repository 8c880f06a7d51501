/**
 * Scores of texts in which users type control tokens, against transformers: as tokens, as plain text by
 * the field of tokenizer_config.json, and as plain text by `--split-special-tokens`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { Batcher } from "../../src/batch/batcher.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { completionsIn, scoreNative } from "../support/native_scorer.ts";

const message = z.object({ role: z.string(), content: z.string() });

const golden = z.object({
  chat_template: z.string(),
  messages: z.tuple([message, message]),
  plain: z.tuple([z.string(), z.string()]),
  scores: z.array(z.object({
    split_special_tokens: z.boolean(),
    chat: z.number(),
    plain: z.number(),
    guarded_chat: z.number(),
    guarded_plain: z.number(),
  })),
}).parse(
  JSON.parse(
    readFileSync(fileURLToPath(new URL("../golden/split_scores.json", import.meta.url)), "utf-8"),
  ),
);

/** The golden Llama with a template, and with fields of tokenizer_config.json. */
async function withDirectory(fields: object, run: (path: string) => Promise<void>): Promise<void> {
  const source = goldenDirectory("llama");
  const path = await Deno.makeTempDir();
  try {
    for (const { name } of Deno.readDirSync(source)) {
      await Deno.copyFile(join(source, name), join(path, name));
    }
    const file = join(path, "tokenizer_config.json");
    const config = { ...JSON.parse(await Deno.readTextFile(file)), ...fields };
    await Deno.writeTextFile(file, JSON.stringify(config));
    await run(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("control tokens that users type are scored as transformers scores them", async () => {
  const { chat_template, messages: [first, last], plain: [prompt, completion] } = golden;
  const items = [
    { messages: [first], completions: [last.content] },
    { prompt, completions: [completion] },
  ];
  for (const { split_special_tokens, ...want } of golden.scores) {
    await withDirectory({ chat_template, split_special_tokens }, async (path) => {
      for (const splitSpecialTokens of [false, true]) {
        const options = { device: "cpu", threads: 1, splitSpecialTokens } as const;
        await using model = await loadModel(path, options);
        const scorer = createScorer(model, new Batcher(model.engine));
        const found = completionsIn(await scoreNative(scorer, { items }));
        const expected = splitSpecialTokens
          ? [want.guarded_chat, want.guarded_plain]
          : [want.chat, want.plain];
        found.forEach(({ score }, at) => {
          assert.ok(Math.abs(score - expected[at]!) < 1e-4, `${score} is not ${expected[at]}`);
        });
      }
    });
  }
});
