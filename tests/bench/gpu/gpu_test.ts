import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gpuSeen } from "../../../src/engine/gpu_seen.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { testWhere } from "../../support/test_where.ts";
import { markdown } from "./report.ts";

/** Runs the bench, small. */
async function bench(...words: string[]) {
  const script = fileURLToPath(new URL("gpu.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", script, ...words],
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

Deno.test("on a CPU with a tiny model all of the bench runs, and writes a table and its figures", async () => {
  await using folder = await temporaryDirectory();
  const small = ["--sizes", "tiny", "--rounds", "1", "--texts", "2", "--golden", "qwen3,bert"];
  const words = ["--device", "cpu", "--alone", ...small, "--out", folder.path];
  const { code, out, err } = await bench(...words);
  assert.equal(code, 0, out + err);
  const report = JSON.parse(await Deno.readTextFile(`${folder.path}/gpu.json`));
  const forms = ["dense", "fused", "tiles"];
  assert.deepEqual(report.golden.map(({ form }: { form: string }) => form), forms);
  for (const { scores, credit, models } of report.golden) {
    assert.ok(models === 2 && scores < 1e-4 && credit < 1e-4, out);
  }
  assert.equal(report.rows.length, 4 * 3); // with credit in three forms and without it, three workloads
  for (const { tokens_per_second: rate, scores_within: gap } of report.rows) {
    assert.ok(rate > 0 && gap < 1e-3, out);
  }
  assert.equal(await Deno.readTextFile(`${folder.path}/gpu.md`), markdown(report));
  assert.ok(out.includes("| tiny | (a) 4 x 128 + 8 x 16..127 | abacus dense | float32 | yes |"));
});

testWhere({
  name: "where the device does not work the bench says why, and what to do",
  missing: gpuSeen() ? "this machine has a GPU" : undefined,
  async fn() {
    const { code, out } = await bench("--device", "cuda");
    assert.equal(code, 1);
    assert.match(out, /^Cannot bench on cuda as it does not work here: .+\nWhat to do: .+\n$/);
  },
});

Deno.test("what could not be had stands in the table with its reason", () => {
  const row = { model: "1b", workload: "all", dtype: "bfloat16", credit: false };
  const rows = [
    { ...row, contender: "vllm pooling", missing: "no Python with vllm" },
    { ...row, contender: "transformers eager", tokens_per_second: 100 },
    { ...row, contender: "abacus dense", tokens_per_second: 320 },
  ];
  const text = markdown({ machine: "A GPU", place: "cuda", golden: [], rows });
  assert.match(text, /^On A GPU \(cuda\):/);
  assert.match(text, /\| vllm pooling \| bfloat16 \| no \| none: no Python with vllm \|/);
  assert.match(text, /\| abacus dense \| bfloat16 \| no \| 320 \| 3\.20 x \|/);
});
