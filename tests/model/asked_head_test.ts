import assert from "node:assert/strict";
import type { HeadSource } from "../../src/architectures/heads/head_kind.ts";
import { askedHead } from "../../src/model/asked_head.ts";
import { goldenDirectory } from "../support/golden_model.ts";

const directory = goldenDirectory("llama"); // whose tokenizer has a token per byte

async function labelsOf(head: string): Promise<readonly string[]> {
  const asked = await askedHead(head, directory);
  const { text, labels } = asked!.kind.head(
    {
      trunk: { prefix: "model", dimensions: { vocabulary: 160, hidden: 8 } },
      vocabulary: { tied: false },
    } as unknown as HeadSource,
  );
  return [text, ...labels];
}

Deno.test("nothing is asked for unless the flag is there", async () => {
  assert.equal(await askedHead(undefined, directory), undefined);
});

Deno.test("tokens of the vocabulary are named by their ids or their texts, which are the labels", async () => {
  assert.deepEqual(await labelsOf("vocabulary:0"), ["linear lm_head, row 0", "0"]);
  assert.deepEqual(await labelsOf("vocabulary:7,3"), ["linear lm_head, rows 7, 3", "7", "3"]);
  const [text, ...labels] = await labelsOf("vocabulary:<s>,</s>");
  assert.deepEqual([text, ...labels], ["linear lm_head, rows 1, 2", "<s>", "</s>"]);
});

Deno.test("a value head has the name of TRL's class", async () => {
  const { className, by } = (await askedHead("value", directory))!;
  assert.deepEqual([className, by], ["AutoModelForCausalLMWithValueHead", "--head value"]);
});

for (
  const [head, reason] of [
    ["score", "there are value and vocabulary:TOKEN,..."],
    ["vocabulary:", "there are value and vocabulary:TOKEN,..."],
    ["vocabulary:nowhere", "the vocabulary has no token 'nowhere'"],
    ["vocabulary:1,", "the vocabulary has no token ''"],
    ["vocabulary:1,<s>", "a token may be named once, and '<s>' is there twice"],
    [`vocabulary:${Array(65).fill(1)}`, "64 tokens are the most"],
  ] as const
) {
  Deno.test(`--head ${head.slice(0, 30)} is refused, with what there is`, async () => {
    await assert.rejects(askedHead(head, directory), {
      kind: "bad_usage",
      message: `Cannot use --head as ${reason}: received '${head.slice(0, 100)}'`,
    });
  });
}

Deno.test("ids beyond the vocabulary are refused once its size is known", async () => {
  await assert.rejects(labelsOf("vocabulary:160"), {
    kind: "bad_usage",
    message: /ids go from 0 to 159: received --head vocabulary:160$/,
  });
});
