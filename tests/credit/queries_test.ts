import assert from "node:assert/strict";
import { measuredOnUnits, ownAnswer, scoreOf } from "../../src/credit/queries.ts";
import { blocks, identity, inputsOf, singles } from "./given.ts";

const inputs = inputsOf({ score: 1, units: identity(2), promptScore: 0 });

Deno.test("a query about the completion asks for nothing else unless a method does", () => {
  const { ids, pool } = inputs;
  assert.deepEqual(scoreOf(inputs), { ids, pool, rows: [], measure: [] });
  const asked = scoreOf(inputs, { rows: [1], measure: ["attention"] });
  assert.deepEqual(asked, { ids, pool, rows: [1], measure: ["attention"] });
});

Deno.test("token types go along where a text has any", () => {
  const types = Int32Array.of(0, 1, 1, 1);
  assert.equal(scoreOf({ ...inputs, types }).types, types);
});

Deno.test("a measurement on units leaves out the prompt and hands over what closes the text", () => {
  const units = {
    ...identity(3),
    parts: singles(2),
    project: (own: Float64Array, closing: number) => Float64Array.of(...own, closing),
  };
  const measured = { attention: Float32Array.of(9, 0.5, 0.25, 0.125) };
  const answer = { score: 1, rowScores: new Float64Array(), measured };
  assert.deepEqual(
    [...measuredOnUnits(answer, "attention", { ...inputs, units })],
    [0.5, 0.25, 0.125],
  );
  assert.throws(() => measuredOnUnits(answer, "gradient", inputs), TypeError);
});

Deno.test("a measurement of a longer unit is that of its tokens together", () => {
  const units = blocks(5);
  const measured = { attention: Float32Array.of(9, 1, 2, 4, 8, 16, 32) };
  const answer = { score: 1, rowScores: new Float64Array(), measured };
  const long = inputsOf({ score: 1, units, promptScore: 0 });
  assert.deepEqual([...measuredOnUnits(answer, "attention", long)], [7, 24]);
});

Deno.test("no answer at all is a mistake of the program", () => {
  assert.throws(() => ownAnswer([]), TypeError);
});
