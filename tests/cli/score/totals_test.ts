import assert from "node:assert/strict";
import { announcement } from "../../../src/cli/score/announcement.ts";
import { layouts } from "../../../src/cli/score/layouts.ts";
import {
  countsOf,
  exitCodeOf,
  noTotals,
  preferenceLine,
  totalsOf,
  withResults,
} from "../../../src/cli/score/totals.ts";
import { AbacusError } from "../../../src/errors.ts";
import { rowOf, sourceOf, torn } from "./rows.ts";

const error = new AbacusError("too_long", "Cannot score");

Deno.test("totals count rows, errors and pairs, and keep the first error", () => {
  const first = withResults(noTotals, { results: [{ gained: {}, margin: 2 }], tokens: 5 });
  const results = [{ gained: {}, margin: -1 }, { gained: {}, margin: 0 }, { gained: {}, error }];
  const totals = withResults(first, { results, tokens: 7 });
  assert.deepEqual(totals, {
    rows: 4,
    errors: 1,
    tokens: 12,
    pairs: 3,
    accurate: 1,
    margin: 1,
    firstError: "Cannot score",
  });
  assert.equal(
    preferenceLine(totals),
    "preferences: accuracy 0.333 (1 of 3 pairs), mean margin 0.333",
  );
  const { firstError: _, ...counted } = totals;
  assert.deepEqual(totalsOf({ lines: 4, counts: countsOf(totals) }), counted);
});

Deno.test("the exit code tells some errors from none and from nothing else", () => {
  const code = (rows: number, errors: number) => exitCodeOf({ ...noTotals, rows, errors });
  assert.deepEqual([code(0, 0), code(3, 0), code(3, 1), code(3, 3)], [0, 0, 2, 3]);
});

Deno.test("the first rows say as what they are read", async () => {
  const say = (...rows: object[]) => announcement(sourceOf(rows.map(rowOf)), layouts);
  assert.equal(await say(), "rows: there are none");
  assert.equal(
    await say({ prompt: "a", chosen: "b", rejected: "c" }, { question: "a", answer: "b" }),
    "rows: preference, as in TRL and OpenRLHF (prompt, chosen, rejected; scored as text); " +
      "question with answer (question, answer; scored as text)",
  );
  assert.match(await say({ a: 1 }), /^rows: none of the first 1 can be read, such as: Cannot read/);
  assert.match(await announcement(sourceOf([torn()]), layouts), /its line is torn/);
});
