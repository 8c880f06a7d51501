/** `inspect --fidelity`: what it compares, and what it refuses. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fidelityLines } from "../../../src/cli/fidelity/lines.ts";
import type { Fidelity } from "../../../src/cli/fidelity/measure.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { abacus } from "../command_line.ts";

const model = "models/movie-reward";
const rows = [
  { prompt: "The movie was", completions: [" a delight.", " two hours of my life."] },
  { prompt: "I left", completion: " before the end." },
  { prompt: "no answer" },
];

async function asked(...words: string[]) {
  await using place = await temporaryDirectory();
  const file = join(place.path, "rows.jsonl");
  await Deno.writeTextFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  const cache = join(place.path, "cache");
  return await abacus(["inspect", model, "--fidelity", file, "--cache", cache, ...words]);
}

Deno.test("inspect --fidelity tells how far int8 is from float32", async () => {
  const { code, printed } = await asked("--dtype", "int8", "--json");
  assert.equal(code, 0);
  const { fidelity, converted } = JSON.parse(printed) as {
    fidelity: Fidelity;
    converted: { bytes: number }[];
  };
  assert.equal(fidelity.completions, 3);
  assert.equal(fidelity.failed, 1);
  assert.ok(fidelity.largestDifference > 0 && fidelity.largestDifference < 0.1);
  assert.equal(fidelity.orderKept, 1);
  assert.ok(fidelity.medianVariation > 0 && fidelity.medianVariation < 0.02);
  assert.deepEqual(converted, []); // it is listed before anything is converted
});

Deno.test("float32 is not compared with itself", async () => {
  for (const words of [[], ["--dtype", "float32"]]) {
    const { code, notes } = await asked(...words);
    assert.notEqual(code, 0);
    assert.match(
      notes.join("\n"),
      /Cannot compare float32 with itself as --fidelity needs --dtype/,
    );
  }
});

Deno.test("what one completion does not tell is unknown", () => {
  const lines = fidelityLines({
    dtype: "int8",
    file: "rows.jsonl",
    completions: 1,
    failed: 2,
    spearman: NaN,
    meanDifference: 0.01,
    largestDifference: 0.01,
    pairs: 0,
    orderKept: NaN,
    medianVariation: NaN,
    largestVariation: NaN,
  });
  assert.equal(
    lines[0],
    "int8 beside float32 over 1 completions of rows.jsonl, 2 items without a score left out",
  );
  assert.match(lines.join("\n"), /^rank correlation +unknown \(Spearman\)$/m);
  assert.match(lines.join("\n"), /^score difference +0\.0100 mean, 0\.0100 largest$/m);
});
