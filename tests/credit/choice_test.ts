import assert from "node:assert/strict";
import { defaultMethod, methodsFor } from "../../src/credit/choice.ts";

function names(attention: "causal" | "bidirectional", task: "sequence" | "token"): string[] {
  return methodsFor({ family: "llama", attention, task }).map(({ name }) => name);
}

Deno.test("a model is asked for what works on it, its default first", () => {
  const whole = [
    "abc",
    "uniform",
    "terminal",
    "red",
    "gradient",
    "integrated",
    "occlusion",
    "shapley",
    "layers",
    "rollout",
  ];
  assert.deepEqual(names("causal", "sequence"), whole);
  assert.deepEqual(names("bidirectional", "sequence"), whole.filter((name) => name !== "red"));
  assert.deepEqual(names("causal", "token"), [
    "steps",
    "abc",
    "uniform",
    "terminal",
    "layers",
    "rollout",
  ]);
});

Deno.test("models that score steps give credit by them unless they are told otherwise", () => {
  assert.equal(defaultMethod({ task: "token" }), "steps");
  assert.equal(defaultMethod({ task: "sequence" }), "abc");
  assert.equal(defaultMethod({}), "abc");
});
