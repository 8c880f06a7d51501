import assert from "node:assert/strict";
import { readCredit, readUnits, sameAs } from "../../src/client/reply_credit.ts";

const rewards = Float64Array.of(1, 2, 4);
const at = (value: unknown) => ({ value, path: "units" });

Deno.test("units are ranges of the rewards, with their sums", () => {
  const units = [{ tokens: [0, 2], characters: [0, 5], reward: 3 }, { tokens: [2, 3], reward: 4 }];
  assert.deepEqual(readUnits(at(units), rewards), units);
});

Deno.test("units that cannot be right are refused", () => {
  const wrong: [unknown, string][] = [
    [[{ tokens: [0, 2], reward: 4 }], "units[0]"],
    [[{ tokens: [0, 4], reward: 7 }], "units[0]"],
    [[{ tokens: [0, 2], reward: 3 }, { tokens: [1, 3], reward: 6 }], "units[1]"],
    [[{ tokens: [0], reward: 3 }], "units[0].tokens"],
    [[{ tokens: [0, 2], characters: 5, reward: 3 }], "units[0].characters"],
    [[{ tokens: [0, 2] }], "units[0].reward"],
  ];
  for (const [units, path] of wrong) {
    assert.throws(() => readUnits(at(units), rewards), { kind: "protocol", path });
  }
});

Deno.test("how scores were spread must be as it was asked for", () => {
  const said = { method: "red", beta: 1, unit: "sentence", pay: "last" };
  assert.deepEqual(readCredit(said, {}), said);
  assert.deepEqual(readCredit(said, { credit: { unit: "sentence", pay: "last" } }), said);
  const window = { method: "abc", beta: 1, unit: { window: 3 }, pay: "last" };
  assert.deepEqual(readCredit(window, { credit: { unit: { window: 3 } } }), window);
  const separator = { ...window, unit: { separator: "#" } };
  assert.deepEqual(readCredit(separator, {}), separator);
  const single = { method: "abc", beta: 1 };
  assert.deepEqual(readCredit(single, { credit: { unit: "token", pay: "last" } }), single);
  for (const credit of [{ unit: "clause" }, { pay: "spread" }, { unit: "token" }] as const) {
    assert.throws(() => readCredit(said, { credit }), { kind: "protocol" });
  }
  // A server that knows no units says nothing of them.
  assert.throws(() => readCredit(single, { credit: { unit: "sentence" } }), {
    path: "credit.unit",
  });
});

Deno.test("a value is the one that was asked for, if one was", () => {
  assert.equal(sameAs(at("m"), undefined).value, "m");
  assert.throws(() => sameAs(at("m"), "n"), { message: /must be 'n', as requested/ });
});
