import assert from "node:assert/strict";
import { pairNotes } from "../../src/model/pair_notes.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { goldenDirectory } from "../support/golden_model.ts";

type Told = Parameters<typeof pairNotes>[0];

function model(input: Told["input"], ...labels: string[]): Told {
  return { input, head: { labels } as unknown as Told["head"] };
}

Deno.test("an encoder of several labels is said to read pairs, unless the user says how it reads", () => {
  const [note, ...more] = pairNotes(model("pair", "bad", "fine", "good"), undefined);
  assert.match(note ?? "", /read as a pair of texts: .* with 3 labels are, needs --no-pair/);
  assert.deepEqual(more, []);
  assert.deepEqual(pairNotes(model("pair", "bad", "good"), true), []);
  assert.deepEqual(pairNotes(model("joined", "bad", "good"), false), []);
});

Deno.test("rerankers and decoders are not remarked upon", () => {
  assert.deepEqual(pairNotes(model("pair", "LABEL_0"), undefined), []);
  assert.deepEqual(pairNotes(model("joined", "bad", "good"), undefined), []);
});

Deno.test("the line stands among the notes of a model", async () => {
  const said = async (pair?: boolean) =>
    (await readBlueprint(goldenDirectory("distilbert-sinusoidal"), { pair })).notes.join("\n");
  assert.match(await said(), /needs --no-pair/);
  assert.doesNotMatch(await said(false), /needs --no-pair/);
});
