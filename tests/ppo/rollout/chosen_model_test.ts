import assert from "node:assert/strict";
import type { ModelFacts } from "../../../src/client/mod.ts";
import { chosenModel } from "../../../src/ppo/rollout/chosen_model.ts";

const models = ["help", "safe", "both"].map((id) => ({ id }) as ModelFacts);
const url = "http://127.0.0.1:8080";

Deno.test("the model that is named gives the rewards, and the only one need not be named", () => {
  for (const model of models) assert.equal(chosenModel(models, { url, name: model.id }), model);
  const [only] = models;
  for (const name of ["help", undefined]) assert.equal(chosenModel([only!], { url, name }), only);
});

Deno.test("of several models one has to be named, and those that there are are listed", () => {
  assert.throws(() => chosenModel(models, { url }), {
    kind: "bad_usage",
    message: `Cannot train as ${url} serves several models, and --reward-model names none of ` +
      "them: received 'help', 'safe', 'both'",
  });
});

Deno.test("a model that is not served is refused, and those that there are are listed", () => {
  assert.throws(() => chosenModel(models, { url, name: "hlep" }), {
    kind: "bad_usage",
    message: `Cannot train as ${url} serves 'help', 'safe', 'both', and --reward-model names ` +
      "another one: received 'hlep'",
  });
});

Deno.test("a server without a model is no reward server", () => {
  assert.throws(() => chosenModel([], { url, name: "help" }), {
    kind: "training_failed",
    message: `Cannot get rewards as ${url} serves no model: received an empty list of models`,
  });
});
