import assert from "node:assert/strict";
import { architectureNames } from "../../src/architectures/registry.ts";
import { stepModels } from "../../src/architectures/step_models.ts";

Deno.test("every process reward model is served under the name of its class", () => {
  const names = stepModels.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.every((name) => architectureNames.includes(name)));
  assert.ok(names.includes("GPTNeoXForTokenClassification"));
});

Deno.test("each is read at the ends of steps", () => {
  for (const { kind } of stepModels) {
    assert.notEqual(kind.steps, undefined);
    assert.match(kind.tensor, /\.weight$/);
  }
});
