import assert from "node:assert/strict";
import { unavailable } from "../../src/credit/availability.ts";
import { creditMethodNames, creditMethods } from "../../src/credit/registry.ts";

const model = { family: "bert", attention: "bidirectional" } as const;

Deno.test("a model that can be asked everything has every method, but red where it is not causal", () => {
  const lacking = (attention: "causal" | "bidirectional" | "unknown") =>
    creditMethodNames.filter((name) =>
      unavailable(creditMethods[name], { ...model, attention }) !== undefined
    );
  assert.deepEqual(lacking("causal"), []);
  assert.deepEqual(lacking("bidirectional"), ["red"]);
  assert.deepEqual(lacking("unknown"), ["red"]);
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
