/**
 * Deadlines are read from a clock that never goes back: the wall clock may be set at any time,
 * and a deadline read from it would then pass at once or never.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/** The files that read the wall clock, which only stamp what they write with it. */
const stamps = [
  "http/app.ts", // the time of a line of the log
  "http/protocols/vllm.ts", // `created` in the list of models
];

Deno.test("of the batcher and the server, only what stamps its output reads the wall clock", () => {
  const readers = ["batch", "http"].flatMap((folder) =>
    readdirSync(join(source, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => `${folder}/${path}`)
      .filter((path) =>
        /\bDate\.now\b|\bnew Date\(\)/.test(readFileSync(join(source, path), "utf8"))
      )
  );
  assert.deepEqual(readers.sort(), stamps);
});
