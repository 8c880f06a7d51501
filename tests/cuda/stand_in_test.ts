import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { INSTALL_COMMAND, missingLibraries } from "../../src/cuda/libraries.ts";
import { gpuSeen } from "../../src/engine/gpu_seen.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { testWhere } from "../support/test_where.ts";

const here = (name: string) => fileURLToPath(new URL(`./stand_in/${name}`, import.meta.url));

function output(command: string, args: string[]) {
  try {
    const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { success, out: out!, err: err! };
  } catch (error) {
    return { success: false, out: "", err: String(error) };
  }
}

/** Why the libraries cannot be tried here. */
function whyNot(): string | undefined {
  if (gpuSeen()) return "this machine shows a GPU, on which the tests of devices run";
  const missing = missingLibraries();
  if (missing.length > 0) return `no ${missing.join(", ")}; ${INSTALL_COMMAND} brings them`;
  return output("cc", ["--version"]).success ? undefined : "no C compiler";
}

testWhere({
  name: "the provider's libraries fit together, as nothing fails before the driver's first call",
  missing: whyNot(),
  async fn() {
    await using folder = await temporaryDirectory();
    const library = `${folder.path}/libcuda.so.1`;
    const built = output("cc", [
      ...["-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", library],
      here("libcuda.c"),
    ]);
    assert.ok(built.success, built.err);
    const { out, err } = output(Deno.execPath(), [
      "run",
      "--allow-all",
      here("probe.ts"),
      library,
    ]);
    assert.match(out, /^Cannot use the device "cuda": CUDA failure \d+: .*cudaSetDevice/, err);
  },
});
