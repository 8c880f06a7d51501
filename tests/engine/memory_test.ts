/** The memory of the process over many batches: what a run takes, it gives back. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

/** What may still be taken after 2,000 batches (up to 1 MiB was seen); 8,000 batches that each keep 512 bytes would be as much. */
const SETTLES = 4 * 2 ** 20;

testWhere({
  name: "10,000 batches leave the process as large as 2,000 did",
  missing: slow ??
    (Deno.build.target.endsWith("linux-gnu") ? undefined : "glibc counts what it has handed out"),
  async fn() {
    const { early, late } = await sizesOfProcess();
    assert.ok(late - early < SETTLES, `${(late - early) / 2 ** 20} MiB more`);
  },
});

async function sizesOfProcess(): Promise<{ early: number; late: number }> {
  const probe = fileURLToPath(new URL("./memory_probe.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--v8-flags=--expose-gc", probe],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
