import assert from "node:assert/strict";
import { factsOf } from "../../src/scorer/facts.ts";
import { mixtureFacts, mixtureRule } from "../../src/scorer/mixture_facts.ts";
import { fakeModel } from "../support/fake_model.ts";

Deno.test("the facts of a model are what it says of itself, and no path", () => {
  const model = fakeModel({ context: 12 });
  const facts = factsOf({
    ...model,
    base: "base",
    chosenBy: "--architecture",
    prebuilt: "/m.onnx",
  });
  const { name, base, chosenBy, graph, context, dtype, chat, members } = facts;
  assert.deepEqual(
    { name, base, chosenBy, graph, context, dtype, chat, members },
    {
      name: "fake-reward",
      base: "base",
      chosenBy: "--architecture",
      graph: "prebuilt",
      context: 12,
      dtype: "float32",
      chat: true,
      members: undefined,
    },
  );
  assert.doesNotMatch(JSON.stringify(facts), /m\.onnx/);
  assert.equal(factsOf({ ...model, weightsDigest: "w" }).weightsDigest, "w");
  const warned = { ...model, tokenizer: { ...model.tokenizer, warning: "w" }, notes: ["n"] };
  assert.deepEqual(factsOf(warned).notes, ["w", "n"]);
});

Deno.test("a mixture's facts are its members' together, the least of their limits", () => {
  const one = factsOf(fakeModel({ name: "one", context: 30, steps: true }));
  const two = {
    ...factsOf(fakeModel({ name: "two", context: 20, attention: "bidirectional", chat: false })),
    dtype: "float16",
    architecture: "Other",
    normalization: "not applied" as const,
    graph: "prebuilt" as const,
  };
  const facts = mixtureFacts("both", [{ facts: one, weight: 0.7 }, { facts: two, weight: -0.3 }]);
  assert.deepEqual(facts, {
    name: "both",
    family: "mixture",
    architecture: "FakeForSequenceClassification + Other",
    attention: "unknown",
    graph: "prebuilt",
    pooling: `${one.pooling} + ${two.pooling}`,
    head: "linear score",
    task: "sequence",
    input: "joined",
    parameters: 2_468,
    storedDtype: "float32",
    dtype: "float32 + float16",
    device: "cpu",
    onDevice: one.onDevice,
    threads: 1,
    context: 20,
    vocabulary: one.vocabulary,
    labels: 1,
    scoreRule: "0.7 one - 0.3 two",
    normalization: "not applied",
    chat: false,
    close: "none",
    closes: ["eos", "none"],
    methods: one.methods.filter((method) => two.methods.includes(method)),
    members: [{ name: "one", weight: 0.7 }, { name: "two", weight: -0.3 }],
    notes: [],
  });
  assert.ok(facts.methods.length > 0);
  assert.equal(mixtureRule([{ name: "a", weight: 1 }]), "a");
});
