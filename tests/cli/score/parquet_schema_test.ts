import assert from "node:assert/strict";
import { completionReplySchema } from "../../../src/wire/reply.ts";
import {
  fileSchema,
  leaf,
  list,
  resultColumns,
  text,
} from "../../../src/cli/score/parquet_schema.ts";

Deno.test("a schema is its columns one behind another, each with what is nested in it", () => {
  const schema = fileSchema([text("a"), list("b", leaf("element", "INT32"))]);
  assert.deepEqual(schema.map(({ name, num_children = 0 }) => [name, num_children]), [
    ["root", 2],
    ["a", 0],
    ["b", 1],
    ["list", 1],
    ["element", 0],
  ]);
});

Deno.test("every field that a reply may have has a column, by itself and in a list of results", () => {
  const fields = Object.keys(completionReplySchema().shape);
  const pair = ["chosen_", "rejected_"].flatMap((prefix) => fields.map((name) => prefix + name));
  const all = [...fields, "results", ...pair, "accurate", "margin", "error"];
  assert.deepEqual([...resultColumns.keys()], all);
  const nested = resultColumns.get("results")?.("results") ?? [];
  for (const field of fields) assert.ok(nested.some(({ name }) => name === field), field);
});

Deno.test("a column has the name it is given, as a prefix makes it", () => {
  for (const [name, column] of resultColumns) {
    assert.equal(column(`rm_${name}`)[0]?.name, `rm_${name}`);
  }
});
