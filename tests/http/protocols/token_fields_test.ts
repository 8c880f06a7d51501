import assert from "node:assert/strict";
import { z } from "zod";
import {
  coverSchema,
  tokenColumns,
  tokenColumnSchemas,
  tokenSchemas,
  tokensOf,
} from "../../../src/http/protocols/token_fields.ts";

const scored = {
  score: 3,
  rewards: Float64Array.of(1, 1.5),
  offset: 0.5,
  tokenIds: Int32Array.of(7, 8),
  offsets: [[0, 2], [2, 3]] as const,
  truncated: false,
};
const bare = { score: 1, rewards: Float64Array.of(1), truncated: true };

Deno.test("token fields are lists of JSON, and their schemas read them", () => {
  const fields = tokensOf(scored);
  assert.deepEqual(z.strictObject(tokenSchemas()).parse(fields), fields);
  assert.deepEqual(fields.token_rewards, [1, 1.5]);
  assert.equal(fields.unassigned, 0.5);
  assert.deepEqual(tokensOf(bare).token_ids, []);
});

Deno.test("columns hold the same, a list per field", () => {
  const columns = tokenColumns([scored, bare]);
  assert.deepEqual(z.strictObject(tokenColumnSchemas()).parse(columns), columns);
  assert.deepEqual(columns.truncated, [false, true]);
  assert.deepEqual(columns.unassigned, [0.5, 0]);
});

Deno.test("what tokens cover is one of the words that the protocol has for it", () => {
  assert.equal(coverSchema("text", "completion").parse("text"), "text");
  assert.throws(() => coverSchema("text").parse("completion"));
});

Deno.test("steps are two lists per sample, of models that score them alone", () => {
  const stepped = { ...bare, steps: [{ end: 0, score: 0.5 }, { score: 1.5 }] };
  const fields = tokensOf(stepped);
  assert.deepEqual(z.strictObject(tokenSchemas()).parse(fields), fields);
  assert.deepEqual([fields.step_ends, fields.step_scores], [[0, -1], [0.5, 1.5]]);
  const columns = tokenColumns([stepped, { ...bare, steps: [] }]);
  assert.deepEqual(z.strictObject(tokenColumnSchemas()).parse(columns), columns);
  assert.deepEqual([columns.step_ends, columns.step_scores], [[[0, -1], []], [[0.5, 1.5], []]]);
  assert.ok(!("step_ends" in tokensOf(bare)) && !("step_ends" in tokenColumns([bare])));
});
