/**
 * Runs what checks and tests the Python package, in the Python that has what it needs.
 *
 * @module
 */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findPython } from "../support/python.ts";

const folder = fileURLToPath(new URL("../../python", import.meta.url));
const modules = ["httpx", "hypothesis", "mypy", "numpy", "pytest", "ruff", "transformers"];

/** The package's own environment, or why there is none. */
export async function packagePython(): Promise<{ python: string; missing: string | undefined }> {
  const environments = [Deno.env.get("ABACUS_PACKAGE_PYTHON"), ".venv-package/bin/python"];
  const python = await findPython(modules, environments);
  const missing = python === undefined ? `no Python with ${modules.join(", ")}` : undefined;
  return { python: python ?? "", missing };
}

/** Runs a module in the package's folder, to which a relative path of Python would not lead. */
export async function runModule(python: string, ...args: string[]): Promise<void> {
  const env = { ABACUS_DENO: Deno.execPath(), PYTHONPATH: folder };
  const program = python.includes("/") ? resolve(python) : python;
  const command = new Deno.Command(program, { args: ["-m", ...args], cwd: folder, env });
  const { success, stdout, stderr } = await command.output();
  assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}
