import assert from "node:assert/strict";
import { resultOf } from "../../../src/cli/score/row_result.ts";
import { AbacusError } from "../../../src/errors.ts";
import type { CompletionReply } from "../../../src/wire/reply.ts";

const reply: CompletionReply = {
  score: 2,
  rewards: [0.5, 1.5],
  credit: [0.25, 0.75],
  token_ids: [4, 5],
  offsets: [[0, 1], [1, 2]],
  response_mass: 0.5,
  truncated: false,
};
const row = { id: 7, prompt: "a", completion: "bc" };
const plain = { single: true, tokens: true, prefix: "" };

Deno.test("the result of one completion stands in columns of its own", () => {
  assert.deepEqual(resultOf(row, { completions: [reply] }, plain), { gained: reply });
});

Deno.test("the results of several completions are a list", () => {
  const several = { ...plain, single: false };
  assert.deepEqual(resultOf(row, { completions: [reply, reply] }, several), {
    gained: { results: [reply, reply] },
  });
  assert.deepEqual(resultOf(row, { completions: [reply] }, several), {
    gained: { results: [reply] },
  });
});

Deno.test("scores alone leave out whatever concerns tokens, but not a truncation", () => {
  const { gained } = resultOf(row, { completions: [reply] }, { ...plain, tokens: false });
  assert.deepEqual(gained, { score: 2, truncated: false });
});

Deno.test("an error is told by the row's own columns", () => {
  const error = new AbacusError("too_long", "Cannot score as items[3].completions[0] is long", {
    path: "items[3].completions[0]",
  });
  const told = {
    kind: "too_long",
    message: "Cannot score as completion is long",
    path: "completion",
  };
  assert.deepEqual(resultOf(row, error, plain).gained, { error: told });
  const { gained } = resultOf(row, error, { ...plain, single: false, prefix: "rm_" });
  assert.deepEqual(gained, {
    rm_error: {
      ...told,
      message: "Cannot score as completions[0] is long",
      path: "completions[0]",
    },
  });
});

Deno.test("a column that the row has is not replaced, unless a prefix keeps the two apart", () => {
  const scored = { ...row, score: "mine" };
  const { gained, error } = resultOf(scored, { completions: [reply] }, plain);
  assert.deepEqual(Object.keys(gained), ["error"]);
  assert.equal(error?.kind, "invalid_request");
  assert.match(error?.message ?? "", /\(--prefix renames what is added\): received score$/);
  const apart = resultOf(scored, { completions: [reply] }, { ...plain, prefix: "rm_" });
  assert.equal(apart.error, undefined);
  assert.equal(apart.gained["rm_score"], 2);
});

Deno.test("a row that could not be read gains its error alone", () => {
  const torn = new AbacusError("invalid_request", "Cannot read the row as it is torn");
  assert.deepEqual(resultOf(torn, torn, { ...plain, single: false }).gained, {
    error: { kind: "invalid_request", message: "Cannot read the row as it is torn" },
  });
});
