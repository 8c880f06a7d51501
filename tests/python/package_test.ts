/**
 * The Python package's own tests, formatting and types, where Python has what they need. Those that train are in
 * training_test.ts, so that they run beside these.
 *
 * @module
 */

import { testWhere } from "../support/test_where.ts";
import { packagePython, runModule } from "./package.ts";

const { python, missing } = await packagePython();

testWhere({
  name: "the Python package is formatted, typed, and passes its quick tests",
  missing,
  async fn() {
    await runModule(python, "ruff", "format", "--check", ".");
    await runModule(python, "ruff", "check", ".");
    await runModule(python, "mypy");
    await runModule(python, "pytest", "-m", "not slow");
  },
});
