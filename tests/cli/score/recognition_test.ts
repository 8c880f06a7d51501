import assert from "node:assert/strict";
import type { Layout } from "../../../src/cli/score/layouts.ts";
import { textOrMessages } from "../../../src/cli/score/prompts.ts";
import { recognise } from "../../../src/cli/score/recognition.ts";
import { AbacusError } from "../../../src/errors.ts";
import { rowOf } from "./rows.ts";

const read = textOrMessages;
const first: Layout = { name: "first", prompt: "p", answer: ["a", "b"], read };
const beside: Layout = { name: "beside", prompt: "q", answer: ["c"], beside: ["p"], read };
const pair: Layout = { name: "pair", pair: ["good", "bad"], read };
const rival: Layout = { name: "rival", prompt: "q", answer: ["a"], read };
const layouts = [first, beside, pair, rival];

function found(row: object, among = layouts): string {
  const { layout, answer } = recognise(rowOf(row), among);
  return `${layout.name} ${answer ?? "-"}`;
}

Deno.test("the first layout whose columns are there and not null is the row's", () => {
  assert.equal(found({ p: "x", b: "y" }), "first b");
  assert.equal(found({ p: "x", a: null, b: "y" }), "first b");
  assert.equal(found({ good: "x", bad: "y", p: "z" }), "pair -");
  assert.equal(found({ p: null, a: null, good: "x", bad: "y" }), "pair -");
  assert.equal(found({ q: "x", c: "y", p: "z" }), "beside c");
});

Deno.test("where no layout is without null, that of all columns tells which is null", () => {
  assert.equal(found({ p: null, a: "x" }), "first a");
});

Deno.test("columns that compete are named with the flag that decides", () => {
  const cases: [object, RegExp][] = [
    [
      { p: "x", a: "y", b: "z" },
      /the answer \(--completion-column says which\): received 'a' and 'b'$/,
    ],
    [{ p: "x", q: "y", a: "z" }, /the prompt \(--prompt-column or .*\): received 'p' and 'q'$/],
  ];
  for (const [row, message] of cases) {
    assert.throws(
      () => found(row),
      (error) => error instanceof AbacusError && message.test(error.message),
    );
  }
});

Deno.test("a row without a layout is told what it lacks, by its own columns", () => {
  const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`c${i}`, i]));
  const cases: [object, RegExp][] = [
    [{ p: "x" }, /no answer beside 'p' \(one of a, b, c, good, bad; --completion-column/],
    [{ b: "x" }, /no prompt beside 'b' \(one of p, q; --prompt-column/],
    [many, /received the columns 'c0', .*'c7' and 2 more$/],
  ];
  for (const [row, message] of cases) {
    assert.throws(
      () => found(row),
      (error) => error instanceof AbacusError && message.test(error.message),
    );
  }
});
