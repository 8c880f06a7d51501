/**
 * The Python package's own tests, formatting and types, where Python has what they need.
 *
 * @module
 */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findTrainer } from "../peers/trainers.ts";
import { findPython } from "../support/python.ts";
import { everyTest, slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

const folder = fileURLToPath(new URL("../../python", import.meta.url));
const modules = ["httpx", "hypothesis", "mypy", "numpy", "pytest", "ruff", "transformers"];
const environments = [Deno.env.get("ABACUS_PACKAGE_PYTHON"), ".venv-package/bin/python"];
const found = await findPython(modules, environments);
const missing = found === undefined ? `no Python with ${modules.join(", ")}` : undefined;
/** Those that train again and again are left to `deno task test --all`. */
const chosen = Deno.env.get(everyTest) === undefined ? ["-m", "not slow"] : [];

/** Trainers whose environment is not the package's, each with its tests. */
const trainers = {
  verl: "tests/test_verl.py",
  openrlhf: "tests/test_openrlhf.py",
  skyrl: "tests/test_skyrl.py",
};

/** A Python of 3.12 with SkyRL's server, of 6 GB, which no machine of ours has by itself. */
const skyrlServer = Deno.env.get("ABACUS_SKYRL_PYTHON");

/** Runs a module in the package's folder, to which a relative path of Python would not lead. */
async function run(python: string, ...args: string[]): Promise<void> {
  const env = { ABACUS_DENO: Deno.execPath(), PYTHONPATH: folder };
  const program = python.includes("/") ? resolve(python) : python;
  const command = new Deno.Command(program, { args: ["-m", ...args], cwd: folder, env });
  const { success, stdout, stderr } = await command.output();
  assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

testWhere({
  name: "the Python package is formatted, typed, and passes its tests",
  missing,
  async fn() {
    const python = found ?? "";
    await run(python, "ruff", "format", "--check", ".");
    await run(python, "ruff", "check", ".");
    await run(python, "mypy");
    await run(python, "pytest", ...chosen);
  },
});

for (const [name, path] of Object.entries(trainers)) {
  const { python, missing } = await findTrainer(name);
  testWhere({
    name: `the Python package's adapter of ${name} passes its tests`,
    missing,
    async fn() {
      await run(python, "pytest", path);
    },
  });
}

testWhere({
  name: "the Tinker API trains on token rewards, on SkyRL's own server",
  missing: slow ?? (skyrlServer === undefined ? "no ABACUS_SKYRL_PYTHON" : undefined),
  async fn() {
    await run(skyrlServer ?? "", "pytest", "tests/test_tinker_training.py");
  },
});
