import assert from "node:assert/strict";
import { readSteps, readTokenizer } from "../../src/cli/findings.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { stepsDirectory } from "../support/golden_steps.ts";

const unset = { stepAt: undefined, stepMark: undefined, stepReduce: undefined };

Deno.test("only process reward models have anything to say of steps", async () => {
  const read = async (directory: string) => readSteps(await readBlueprint(directory), unset);
  assert.deepEqual(await read(stepsDirectory("trl-qwen2")), {
    steps: { read: 'ends at a line break, read at "\\n" (id 198)', reduction: "mean" },
  });
  assert.deepEqual(await read(goldenDirectory("llama")), {});
  assert.deepEqual(await readSteps({}, unset), {}, "a graph without a page");
});

Deno.test("a tokenizer is told by its class, or by why it cannot be loaded", async () => {
  const settings = { splitSpecialTokens: false, chatTemplate: undefined };
  const chat = await readTokenizer(stepsDirectory("qwen-prm"), settings);
  assert.equal(chat.chat_template, "the model's own");
  assert.match((await readTokenizer(stepsDirectory("classes"), settings)).class, /^Cannot /);
});
