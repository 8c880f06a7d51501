import assert from "node:assert/strict";

/** What a process with these permissions and variables would give to its libraries. */
async function given(flags: readonly string[], env: Readonly<Record<string, string>>) {
  const module = import.meta.resolve("../../src/engine/environment.ts");
  const code = `import { libraryEnvironment, settleEnvironment } from "${module}";
    const environment = libraryEnvironment();
    settleEnvironment();
    console.log(JSON.stringify([environment, libraryEnvironment()]));`;
  const program = `data:text/typescript,${encodeURIComponent(code)}`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", ...flags, program],
    env: { PATH: "/usr/bin", ...env },
    clearEnv: true,
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

const ours = { ORT_DISABLE_TELEMETRY: "1", NVIDIA_TF32_OVERRIDE: "0" };

Deno.test("telemetry and TF32 are off, and set once where that is allowed", async () => {
  assert.deepEqual(await given(["--allow-env"], {}), [ours, {}]);
  assert.deepEqual(await given([], {}), [ours, ours]);
});

Deno.test("whoever has set a variable has decided", async () => {
  const [environment] = await given(["--allow-env"], { NVIDIA_TF32_OVERRIDE: "1" });
  assert.deepEqual(environment, { ORT_DISABLE_TELEMETRY: "1" });
});
