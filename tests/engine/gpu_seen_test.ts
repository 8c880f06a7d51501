import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gpuSeen } from "../../src/engine/gpu_seen.ts";

const [yes, no] = [() => true, () => false];
const absent = () => {
  throw new Error("Could not open library");
};

Deno.test("one sign is enough, and a library that is not there is none", () => {
  assert.ok(gpuSeen([no, yes], "linux"));
  assert.ok(gpuSeen([absent, yes], "linux"));
  assert.ok(!gpuSeen([absent, no], "linux"));
  assert.ok(!gpuSeen([], "linux"));
});

Deno.test("elsewhere than on Linux nobody is asked", () => {
  assert.ok(gpuSeen([absent], "darwin"));
});

/** What is seen with permissions of some kind, as JSON. */
async function seenWith(...permissions: string[]) {
  const module = fileURLToPath(new URL("../../src/engine/gpu_seen.ts", import.meta.url));
  const code = `import { gpuSeen } from "${module}"; import { existsSync } from "node:fs";
    const there = (path) => { try { return existsSync(path); } catch { return false; } };
    const nodes = Deno.args.some(there);
    console.log(JSON.stringify({ seen: gpuSeen(), nodes }));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, "-", "/dev/nvidia0", "/dev/dri/renderD128"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { stdout } = await child.output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("what the drivers' libraries tell is what the device files show", async () => {
  const { seen, nodes } = await seenWith("--allow-all");
  assert.equal(seen, nodes);
});

Deno.test("tasks see as much as who may do everything; without foreign functions nothing is seen", async () => {
  const [task, all] = [await seenWith("--allow-ffi"), await seenWith("--allow-all")];
  assert.equal(task.seen, all.seen);
  assert.equal((await seenWith("--no-prompt")).seen, Deno.build.os !== "linux");
});
