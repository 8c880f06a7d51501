import assert from "node:assert/strict";
import { join } from "node:path";
import { architectureOf } from "../../../src/architectures/registry.ts";
import { readBlueprint } from "../../../src/model/blueprint.ts";
import { assertClose, openGolden } from "../../support/golden_model.ts";
import { stepsDirectory } from "../../support/golden_steps.ts";

const classes = [...Deno.readDirSync(stepsDirectory("classes"))].map(({ name }) => name).toSorted();

for (const name of classes) {
  Deno.test(`${name} answers as transformers does, at every position`, async () => {
    const directory = stepsDirectory(`classes/${name}`);
    const { ids, logits } = JSON.parse(await Deno.readTextFile(join(directory, "logits.json")));
    const { engine, architecture } = await openGolden(directory);
    await using _closed = engine;
    assert.deepEqual([architecture.name, architecture.task, architecture.pooling], [
      name,
      "token",
      "steps",
    ]);
    const query = { ids: Int32Array.from(ids), pool: [...ids.keys()], rows: [], measure: [] };
    const { outputs: [output] } = await engine.run([query]);
    assertClose(output!.logits, logits, { tolerance: 1e-4, what: "logits" });
    const some = { ...query, pool: [2, 5], rows: [1] };
    const { outputs: [few] } = await engine.run([some]);
    const row = (at: number) => logits.slice(3 * at, 3 * at + 3);
    assertClose(few!.logits, [...row(2), ...row(5)], { tolerance: 1e-4, what: "two rows" });
    assertClose(few!.rowLogits, row(1), { tolerance: 1e-4, what: "another row" });
  });
}

Deno.test("every class of token classifiers of transformers' decoders that Abacus serves has such numbers", async () => {
  const { architecture } = await readBlueprint(stepsDirectory("trl-qwen2"));
  assert.deepEqual(architecture.steps, { at: "line", mark: "separator", score: "softmax" });
  assert.equal(classes.length, 9);
});

Deno.test("a head without a bias is what config.json says", () => {
  const config = { architectures: ["Qwen2ForTokenClassification"], model_type: "qwen2" };
  assert.equal(architectureOf(config).head.text, "linear score");
  const wrong = { ...config, token_classification_bias: "no" };
  assert.throws(() => architectureOf(wrong), {
    kind: "bad_model",
    message: /"token_classification_bias" is not usable/,
  });
});

Deno.test("published process reward models are read as their makers do", async () => {
  const read = async (name: string) => (await readBlueprint(stepsDirectory(name))).architecture;
  const [qwen, skywork] = [await read("qwen-prm"), await read("skywork-prm")];
  assert.equal(qwen.head.text, "linear score.0, relu, linear score.2");
  assert.deepEqual(qwen.steps, { at: "paragraph", mark: "<extra_0>", score: "softmax" });
  assert.equal(skywork.head.text, "linear v_head.summary");
  assert.deepEqual(skywork.steps, { at: "line", mark: "separator", score: "sigmoid" });
});
