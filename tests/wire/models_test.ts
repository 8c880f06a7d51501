import assert from "node:assert/strict";
import { factsOf } from "../../src/scorer/facts.ts";
import { mixtureFacts } from "../../src/scorer/mixture_facts.ts";
import { defaultWireLimits } from "../../src/wire/limits.ts";
import type { AttentionKind } from "../../src/architectures/architecture.ts";
import { creditMethodNames } from "../../src/credit/registry.ts";
import { modelsReply, modelsReplySchema } from "../../src/wire/models.ts";
import { fakeModel } from "../support/fake_model.ts";

Deno.test("the loaded model is told of, all of it, in the shape of its schema", () => {
  const reply = modelsReply([factsOf(fakeModel())], defaultWireLimits);
  assert.deepEqual(modelsReplySchema().parse(reply), reply);
  const [model] = reply.data;
  assert.equal(model?.id, "fake-reward");
  assert.deepEqual([model?.device, model?.dtype, model?.context], ["cpu", "float32", 64]);
  assert.equal(model?.head, "linear score");
  assert.deepEqual([model?.attention, model?.pooling, model?.task, model?.input], [
    "causal",
    "last token",
    "sequence",
    "joined",
  ]);
  assert.equal(model?.limits.items, defaultWireLimits.items);
});

Deno.test("only methods that the model can serve are listed", () => {
  const names = (attention: AttentionKind) =>
    modelsReply([factsOf(fakeModel({ attention }))], defaultWireLimits).data[0]?.credit_methods
      .map((method) => method.name);
  const whole = creditMethodNames.filter((name) => name !== "steps");
  assert.deepEqual(names("causal"), whole);
  assert.deepEqual(names("bidirectional"), whole.filter((name) => name !== "red"));
});

Deno.test("a model that scores steps says how, and its default method comes first", () => {
  const reply = modelsReply([factsOf(fakeModel({ steps: true }))], defaultWireLimits);
  assert.deepEqual(modelsReplySchema().parse(reply), reply);
  const [model] = reply.data;
  assert.deepEqual(model?.steps, { read: "ends at a line break", reduction: "mean" });
  assert.deepEqual([model?.task, model?.pooling], ["token", "end of each step"]);
  const names = model?.credit_methods.map(({ name }) => name);
  assert.deepEqual(names, ["steps", "abc", "uniform", "terminal", "layers", "rollout"]);
});

Deno.test("a mixture tells its members and their weights", () => {
  const facts = factsOf(fakeModel({ name: "safe" }));
  const mixture = mixtureFacts("both", [{ facts, weight: -0.3 }]);
  const reply = modelsReply([mixture], defaultWireLimits);
  assert.deepEqual(modelsReplySchema().parse(reply), reply);
  assert.deepEqual(reply.data[0]?.members, [{ id: "safe", weight: -0.3 }]);
});
