import assert from "node:assert/strict";
import { withTables } from "./tables.ts";

const page = (body: string) => `# A\n\n<!-- table real -->\n${body}\n<!-- end -->\n\nmore\n`;
const row = (method: string, unit: string, deletion: number, insertion: number) => ({
  method,
  unit,
  "deletion below random": deletion,
  "insertion above random": insertion,
});

Deno.test("rows become lines, of the last file that has them, chance behind all", () => {
  const found = [
    { "real curves": [row("any order", "", NaN, 0), row("red", "token", 1, 2)] },
    { "real curves": [row("red", "token", 1.5, 2), row("abc", "clause", 0.125, 3)] },
  ];
  const table = [
    "",
    "| method | unit | deletion | insertion |",
    "| --- | --- | ---: | ---: |",
    "| `red` | token | 1.50 | 2.00 |",
    "| `abc` | clause | 0.13 | 3.00 |",
    "| any order |  |  | 0.00 |",
    "",
  ].join("\n");
  const written = withTables(page("old"), found);
  assert.equal(written, page(table));
  assert.equal(withTables(written, found), written, "again");
});

Deno.test("a table that nothing was found for stays as it is", () => {
  assert.equal(withTables(page("old"), [{ cost: [] }]), page("old"));
});

Deno.test("a table that is not known is refused", () => {
  assert.throws(() => withTables("<!-- table other -->\n\n<!-- end -->", []), /received "other"/);
});
