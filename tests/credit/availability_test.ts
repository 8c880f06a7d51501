import assert from "node:assert/strict";
import { unavailable } from "../../src/credit/availability.ts";
import { creditMethodNames, creditMethods } from "../../src/credit/registry.ts";

const model = { family: "bert", attention: "bidirectional" } as const;

Deno.test("a model that can be asked everything has every method but steps, and red where it is causal", () => {
  const lacking = (attention: "causal" | "bidirectional" | "unknown") =>
    creditMethodNames.filter((name) =>
      unavailable(creditMethods[name], { ...model, attention }) !== undefined
    );
  assert.deepEqual(lacking("causal"), ["steps"]);
  assert.deepEqual(lacking("bidirectional"), ["red", "steps"]);
  assert.deepEqual(lacking("unknown"), ["red", "steps"]);
});

Deno.test("what a model does not give away is told by the method that needs it", () => {
  const withheld = { attention: "a fused graph", rows: "a graph of whole texts" };
  const causal = { family: "gpt2", attention: "causal", withheld } as const;
  assert.equal(
    unavailable(creditMethods.abc, causal),
    "needs the last layer's attention: received a fused graph",
  );
  assert.match(
    unavailable(creditMethods.red, causal) ?? "",
    /each token: received a graph of whole/,
  );
  assert.equal(unavailable(creditMethods.uniform, causal), undefined);
});

Deno.test("models that score steps and those that score whole completions are told apart by name", () => {
  const steps = { ...model, attention: "causal", task: "token", architecture: "C" } as const;
  assert.match(unavailable(creditMethods.red, steps) ?? "", /received C, which scores steps$/);
  assert.equal(
    unavailable(creditMethods.steps, { ...steps, task: "sequence" }),
    "needs a model that scores steps: received C",
  );
  assert.equal(unavailable(creditMethods.steps, steps), undefined);
});
