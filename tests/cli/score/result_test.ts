import assert from "node:assert/strict";
import { layouts } from "../../../src/cli/score/layouts.ts";
import { failedResult, resultOf } from "../../../src/cli/score/result.ts";
import { readRowRequest, type RowRequest } from "../../../src/cli/score/row_request.ts";
import { AbacusError } from "../../../src/errors.ts";
import type { CompletionReply } from "../../../src/wire/reply.ts";
import { rowOf, torn } from "./rows.ts";

const reply: CompletionReply = {
  score: 2,
  rewards: [0.5, 1.5],
  credit: [0.25, 0.75],
  token_ids: [4, 5],
  offsets: [[0, 1], [1, 2]],
  response_mass: 0.5,
  truncated: false,
};
const worse: CompletionReply = { ...reply, score: -1 };
const plain = { tokens: true, prefix: "" };

function request(row: object): RowRequest {
  return readRowRequest(rowOf(row), layouts) as RowRequest;
}

const one = request({ id: 7, prompt: "a", completion: "bc" });
const several = request({ prompt: "a", completions: ["bc", "d"] });
const pair = request({ prompt: "a", chosen: "bc", rejected: "d" });

Deno.test("the result of one completion stands in columns of its own", () => {
  assert.deepEqual(resultOf(one, [{ completions: [reply] }], plain), { gained: reply });
});

Deno.test("the results of several completions are a list, however few", () => {
  const { gained } = resultOf(several, [{ completions: [reply, worse] }], plain);
  assert.deepEqual(gained, { results: [reply, worse] });
  const { gained: few } = resultOf(several, [{ completions: [reply] }], plain);
  assert.deepEqual(few, { results: [reply] });
});

Deno.test("a pair gains two results, their margin and whether it is the right one", () => {
  const scores = { ...plain, tokens: false };
  const both = resultOf(pair, [{ completions: [reply, worse] }], scores);
  assert.deepEqual(both, {
    gained: {
      chosen_score: 2,
      chosen_truncated: false,
      rejected_score: -1,
      rejected_truncated: false,
      accurate: true,
      margin: 3,
    },
    margin: 3,
  });
  const apart = resultOf(pair, [{ completions: [worse] }, { completions: [reply] }], scores);
  assert.deepEqual([apart.gained["accurate"], apart.margin], [false, -3]);
  const equal = resultOf(pair, [{ completions: [reply, reply] }], scores);
  assert.deepEqual([equal.gained["accurate"], equal.margin], [false, 0]);
  const named = resultOf(pair, [{ completions: [reply, worse] }], { tokens: true, prefix: "rm_" });
  assert.deepEqual(named.gained["rm_rejected_rewards"], [0.5, 1.5]);
});

Deno.test("scores alone leave out whatever concerns tokens, but not a truncation", () => {
  const { gained } = resultOf(one, [{ completions: [reply] }], { ...plain, tokens: false });
  assert.deepEqual(gained, { score: 2, truncated: false });
});

Deno.test("an error names the row's own columns", () => {
  const error = new AbacusError("too_long", "Cannot score as items[3].completions[1] is long", {
    path: "items[3].completions[1]",
  });
  const written = {
    kind: "too_long",
    message: "Cannot score as rejected is long",
    path: "rejected",
  };
  assert.deepEqual(resultOf(pair, [error], plain).gained, { error: written });
  const { gained } = resultOf(several, [error], { ...plain, prefix: "rm_" });
  assert.deepEqual(gained, {
    rm_error: {
      ...written,
      message: "Cannot score as completions[1] is long",
      path: "completions[1]",
    },
  });
});

Deno.test("a row that could not be read gains its error with the number of its line", () => {
  const message = "Cannot read the row as its line is torn: received {";
  assert.deepEqual(failedResult(torn(12), plain).gained, {
    error: { kind: "invalid_request", message, line: 12 },
  });
});
