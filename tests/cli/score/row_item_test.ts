import assert from "node:assert/strict";
import { readRowRequest, resultOf } from "../../../src/cli/score/row_item.ts";
import type { Row } from "../../../src/cli/score/row.ts";
import { AbacusError } from "../../../src/errors.ts";
import type { CompletionReply } from "../../../src/wire/reply.ts";

Deno.test("a row asks for one completion or several, in each form of an item", async (t) => {
  const messages = [{ role: "user", content: "hi" }];
  const cases: [string, Row, unknown, boolean][] = [
    ["plain", { prompt: "a", completion: "b", id: 7 }, { prompt: "a", completions: ["b"] }, true],
    ["plain, several", { prompt: "a", completions: ["b", ""] }, {
      prompt: "a",
      completions: ["b", ""],
    }, false],
    ["chat", { messages, completion: "b" }, { messages, completions: ["b"] }, true],
    ["chat, several", { messages, completions: ["b"] }, { messages, completions: ["b"] }, false],
    ["ids", { prompt_ids: [1], completion_ids: [2, 3] }, {
      prompt_ids: [1],
      completion_ids: [[2, 3]],
    }, true],
    ["ids, none", { prompt_ids: [1], completion_ids: [] }, {
      prompt_ids: [1],
      completion_ids: [[]],
    }, true],
    ["ids, several", { prompt_ids: [1], completion_ids: [[2], []] }, {
      prompt_ids: [1],
      completion_ids: [[2], []],
    }, false],
    ["spans", { prompt: "a", completion: "bc", token_spans: [[0, 1], [1, 2]] }, {
      prompt: "a",
      completions: ["bc"],
      token_spans: [[[0, 1], [1, 2]]],
    }, true],
    ["nulls, as Parquet fills them in", { prompt: "a", completion: "b", messages: null }, {
      prompt: "a",
      completions: ["b"],
    }, true],
  ];
  for (const [name, row, item, single] of cases) {
    await t.step(name, () => {
      const { item: { ...read }, single: one } = readRowRequest(row) as {
        item: object;
        single: boolean;
      };
      assert.deepEqual([read, one], [item, single]);
    });
  }
});

Deno.test("the errors of a row name its own columns", async (t) => {
  const bad = "Cannot read the row as";
  const cases: [Row, string | undefined, RegExp][] = [
    [{ prompt: 1, completion: "b" }, "prompt", /^prompt must be a string: received 1$/],
    [{ prompt: "a", completion: 3 }, "completion", /^completion must be a string: received 3$/],
    [{ prompt: "a", completion: "\ud800" }, "completion", /^completion must be well-formed/],
    [
      { prompt: "a", completions: ["b", 4] },
      "completions[1]",
      /^completions\[1\] must be a string/,
    ],
    [{ prompt: "a", completions: [] }, "completions", /^completions must hold/],
    [{ prompt_ids: [1], completion_ids: [2, -1] }, "completion_ids[1]", /^completion_ids\[1\] /],
    [
      { prompt: "a", completion: "b", token_spans: [[1, 0]] },
      "token_spans[0]",
      /^token_spans\[0\] /,
    ],
    [{ prompt: "a" }, "completions", /^completions must be/],
    [{ messages: "hi", completion: "a" }, "messages", /^messages must be a list/],
    [{ prompt: "a", messages: [], completion: "b" }, undefined, /^it has an unknown key/],
    [{}, undefined, /^it must be \{ prompt, completions \}/],
  ];
  for (const [row, path, message] of cases) {
    await t.step(JSON.stringify(row), () => {
      const error = readRowRequest(row);
      assert.ok(error instanceof AbacusError);
      assert.equal(error.kind, "invalid_request");
      assert.equal(error.path, path);
      assert.ok(error.message.startsWith(bad), error.message);
      assert.match(error.message.slice(bad.length + 1), message);
    });
  }
});

Deno.test("a row that could not be read stays the error it is", () => {
  const error = new AbacusError("invalid_request", "Cannot read the row as it is torn");
  assert.equal(readRowRequest(error), error);
});

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

Deno.test("an error names the row's own columns", () => {
  const error = new AbacusError("too_long", "Cannot score as items[3].completions[0] is long", {
    path: "items[3].completions[0]",
  });
  const written = {
    kind: "too_long",
    message: "Cannot score as completion is long",
    path: "completion",
  };
  assert.deepEqual(resultOf(row, error, plain).gained, { error: written });
  const { gained } = resultOf(row, error, { ...plain, single: false, prefix: "rm_" });
  assert.deepEqual(gained, {
    rm_error: {
      ...written,
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
  assert.match(error?.message ?? "", /\(--prefix renames the added columns\): received score$/);
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
