import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { termsOf } from "../../src/credit/choice.ts";
import { creditMethod } from "../../src/credit/registry.ts";
import { AbacusError } from "../../src/errors.ts";
import { SampleError } from "../../src/scorer/scored.ts";
import { attempt, orThrow, planned, requireMethod } from "../../src/scorer/stages.ts";
import { fakeModel } from "../support/fake_model.ts";

Deno.test("a method is one that the model can be asked for", () => {
  assert.equal(requireMethod("red", fakeModel()).name, "red");
  assert.throws(() => requireMethod("red", fakeModel({ attention: "bidirectional" })), {
    kind: "invalid_request",
    path: "credit.method",
  });
});

Deno.test("an error of ours about one sample stays in its place, and a bug goes through", () => {
  const fail = (error: Error) => () => {
    throw error;
  };
  const about = attempt(3, fail(new AbacusError("too_long", "Cannot")));
  assert.ok(about instanceof SampleError && about.sample === 3);
  const late = attempt(3, fail(new AbacusError("deadline_exceeded", "Cannot")));
  assert.ok(late instanceof AbacusError && !(late instanceof SampleError));
  assert.throws(() => attempt(3, fail(new RangeError("bug"))), RangeError);
  assert.throws(() => orThrow(late), { kind: "deadline_exceeded" });
  assert.equal(orThrow(attempt(0, () => 7)), 7);
});

Deno.test("a plan beyond the budget is refused before its texts are made, however many there are", () => {
  const tokens = 32_000;
  const model = fakeModel({ context: tokens });
  const sample = { kind: "ids", promptIds: [], completionIds: [] } as const;
  const encoding = {
    ids: new Int32Array(tokens).fill(300),
    completion: [0, tokens],
    closing: [tokens, tokens],
    pool: [tokens - 1],
    offsets: [],
    completionLength: 0,
    truncated: false,
  } as const;
  const least = { occlusion: 66 * (tokens - 1), shapley: (tokens - 1) * tokens };
  for (const [name, received] of Object.entries(least)) {
    const terms = termsOf(creditMethod(name), { beta: 1, unit: "token" });
    const plan = (limits: ConstructorParameters<typeof Batcher>[1]) =>
      planned([{ sample, encoding }], new Batcher(model.engine, limits), { model, terms });
    assert.throws(() => plan({ limits: { maxPlannedTokens: 2 ** 21 } }), {
      kind: "too_large",
      message:
        "Cannot assign credit as one request may plan at most 2097152 tokens (--max-credit-tokens): " +
        `received at least ${received}`,
    });
    const [each] = plan({ limits: { maxPlannedTokens: Infinity, maxPlannedEach: 2 ** 21 } });
    assert.ok(each instanceof AbacusError && each.message.includes("as one completion may plan"));
  }
});
