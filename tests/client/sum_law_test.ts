import assert from "node:assert/strict";
import { requireSum } from "../../src/client/sum_law.ts";

const rewards = { value: [], path: "rewards" };

Deno.test("numbers that add up are accepted, those that do not are refused with their place", () => {
  requireSum(rewards, Float64Array.of(0.1, 0.2), 0.3);
  assert.throws(() => requireSum(rewards, Float64Array.of(0.1, 0.2), 0.4), {
    kind: "protocol",
    path: "rewards",
    message: /must add up to 0.4/,
  });
});

Deno.test("numbers that were rounded to float32 may be as far off as that", () => {
  const large = Float64Array.of(2 ** 24, -(2 ** 24) + 1);
  assert.throws(() => requireSum(rewards, large, 0), { kind: "protocol" });
  requireSum({ value: "base64", path: "rewards" }, large, 0);
});
