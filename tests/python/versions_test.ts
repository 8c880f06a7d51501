/**
 * The Python package's quick tests on the other versions of Python that it names; on the oldest with the oldest
 * httpx and numpy that it allows.
 *
 * @module
 */

import { findPython } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";
import { runModule } from "./package.ts";

/** All of `requires-python` and the classifiers of pyproject.toml but 3.11, which `package_test.ts` has. */
const versions = ["3.10", "3.12", "3.13"];

/** What the quick tests cannot do without; those of trainers and tokenizers are skipped where there are none. */
const modules = ["httpx", "hypothesis", "numpy", "pytest"];

/** The environment of a version, or why there is none. */
async function findVersion(version: string): Promise<{ python: string; missing?: string }> {
  if (slow !== undefined) return { python: "", missing: slow };
  const python = await findPython(modules, [`.venv-python${version}/bin/python`]);
  return python === undefined
    ? { python: "", missing: `no Python ${version} with ${modules.join(", ")}` }
    : { python };
}

for (const version of versions) {
  const { python, missing } = await findVersion(version);
  testWhere({
    name: `the Python package passes its quick tests on Python ${version}`,
    missing,
    async fn() {
      await runModule(python, "pytest", "-m", "not slow");
    },
  });
}
