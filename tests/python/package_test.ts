/**
 * The Python package's own tests, formatting and types, where Python has what they need.
 *
 * @module
 */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findPython } from "../support/python.ts";
import { everyTest } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

const folder = fileURLToPath(new URL("../../python", import.meta.url));
const modules = ["httpx", "hypothesis", "mypy", "numpy", "pytest", "ruff", "transformers"];
const environments = [Deno.env.get("ABACUS_PACKAGE_PYTHON"), ".venv-package/bin/python"];
const found = await findPython(modules, environments);
// The tests run in the package's folder.
const python = found?.includes("/") ? resolve(found) : found;
const missing = python === undefined ? `no Python with ${modules.join(", ")}` : undefined;
/** Those that train again and again are left to `deno task test --all`. */
const chosen = Deno.env.get(everyTest) === undefined ? ["-m", "not slow"] : [];

async function run(...args: string[]): Promise<void> {
  const env = { ABACUS_DENO: Deno.execPath(), PYTHONPATH: folder };
  const command = new Deno.Command(python ?? "", { args, cwd: folder, env });
  const { success, stdout, stderr } = await command.output();
  assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

testWhere({
  name: "the Python package is formatted, typed, and passes its tests",
  missing,
  async fn() {
    await run("-m", "ruff", "format", "--check", ".");
    await run("-m", "ruff", "check", ".");
    await run("-m", "mypy");
    await run("-m", "pytest", ...chosen);
  },
});
