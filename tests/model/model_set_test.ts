import assert from "node:assert/strict";
import { ModelSet } from "../../src/model/model_set.ts";
import { fakeModel } from "../support/fake_model.ts";

function served(...names: string[]) {
  return names.map((name) => ({ model: fakeModel({ name }) }));
}

Deno.test("a model is found by its name, and the first is the default", () => {
  const models = new ModelSet(served("a", "b"));
  assert.deepEqual([undefined, "a", "b"].map((name) => models.find(name).model.name), [
    "a",
    "a",
    "b",
  ]);
  assert.deepEqual(models.all.map(({ model }) => model.name), ["a", "b"]);
});

Deno.test("an unknown name is refused with those that there are", () => {
  const unknown = (...names: string[]) => () => new ModelSet(served(...names)).find("c");
  assert.throws(unknown("a"), {
    kind: "unknown_model",
    path: "model",
    message: "Cannot score as the loaded model is 'a': received 'c'",
  });
  assert.throws(unknown("a", "b"), { message: "Cannot score as there are 'a', 'b': received 'c'" });
  // No name of an object's own fields is one of a model.
  assert.throws(() => new ModelSet(served("a")).find("constructor"), { kind: "unknown_model" });
});

Deno.test("a set has at least one model, and no two of one name", () => {
  assert.throws(() => new ModelSet([]), { kind: "bad_usage", message: /at least one/ });
  assert.throws(() => new ModelSet(served("a", "b", "a")), {
    kind: "bad_usage",
    message: /a name of its own: received 'a' twice/,
  });
});

Deno.test("the end of a set is that of all its models", async () => {
  const all = served("a", "b");
  await new ModelSet(all)[Symbol.asyncDispose]();
  assert.deepEqual(all.map(({ model }) => model.engine.disposed), [true, true]);
});
