import assert from "node:assert/strict";
import {
  badModel,
  describeShape,
  describeTensor,
  listed,
  shown,
} from "../../src/weights/bad_model.ts";

Deno.test("an error about a checkpoint has the kind bad_model and keeps its cause", () => {
  const cause = new SyntaxError("below");
  const error = badModel("Cannot read a file", cause);
  assert.deepEqual([error.kind, error.message, error.cause], [
    "bad_model",
    "Cannot read a file",
    cause,
  ]);
});

const table: [what: string, value: unknown, text: string][] = [
  ["a name stands in quotation marks", "score.weight", '"score.weight"'],
  ["a terminal's escape codes are defused", "\x1b[2J\x9b1m", String.raw`"\u001b[2J\u{9b}1m"`],
  ["marks that turn the writing around are defused", "a\u202eb", String.raw`"a\u{202e}b"`],
  ["a number stands as it is", 3, "3"],
  ["null stands as it is", null, "null"],
  ["nothing has a name", undefined, "undefined"],
  ["an object stands as JSON", { a: [1] }, '{"a":[1]}'],
];

for (const [what, value, text] of table) {
  Deno.test(`in messages, ${what}`, () => assert.equal(shown(value), text));
}

Deno.test("a name of a million letters is clipped", () => {
  assert.ok(shown("x".repeat(1_000_000)).length < 200);
  assert.ok(shown({ name: "x".repeat(1_000_000) }).length < 200);
});

Deno.test("a long list says how much it leaves out", () => {
  assert.equal(listed(["a", "b"]), "a, b");
  assert.match(listed(Array.from({ length: 20 }, (_, i) => `${i}`)), /^0, .*7 and 12 more$/);
});

Deno.test("a tensor is described by name, element type and shape, and an absurd rank is clipped", () => {
  const place = { file: "/m", offset: 0, length: 8 };
  assert.equal(
    describeTensor({ name: "w", dtype: "float32", shape: [1, 2], ...place }),
    '"w" float32[1, 2]',
  );
  assert.ok(describeShape(new Array(100_000).fill(1)).endsWith("… (rank 100000)]"));
});
