import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { writeSparseLlama } from "../model/sparse_llama.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { testWhere } from "../support/test_where.ts";

const here = (name: string) => fileURLToPath(new URL(`./stand_in/${name}`, import.meta.url));

function run(command: string, args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function whyNot(): string | undefined {
  try {
    run("cc", ["--version"]);
    return undefined;
  } catch {
    return "no C compiler";
  }
}

testWhere({
  name:
    "a driver's free memory is read through its own libraries, and a model that does not fit into it is refused",
  missing: whyNot(),
  async fn() {
    await using folder = await temporaryDirectory();
    const libraries = ["libcuda.so.1", "libnvidia-ml.so.1"].map((name) => {
      const path = `${folder.path}/${name}`;
      run("cc", ["-shared", "-fPIC", `-Wl,-soname,${name}`, "-o", path, here("one_gpu.c")]);
      return path;
    });
    await writeSparseLlama(`${folder.path}`, "8b");
    const words = ["run", "--allow-all", "--no-check", here("one_gpu_probe.ts"), folder.path];
    const found = JSON.parse(run(Deno.execPath(), [...words, ...libraries]));
    assert.deepEqual([found.version, found.cuda, found.seen], ["580.95.05", "13.0", true]);
    const gpu = { index: 0, name: "Stand-in", totalBytes: 24e9, freeBytes: 16e9 };
    assert.deepEqual(found.devices, [gpu]);
    assert.deepEqual(found.free, [16e9, 16e9, null]);
    assert.match(
      found.refusal,
      /^Cannot load the model on cuda as bfloat16 needs 19\.2 GB of memory/,
    );
    assert.match(found.refusal, /, and 16\.0 GB are free: received /);
  },
});
