import assert from "node:assert/strict";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { modelMissing, startServer } from "../e2e/program.ts";
import { findPython } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

/** It wants other versions of packages than the oracle and the clients do. */
const candidates = [
  Deno.env.get("ABACUS_SCHEMATHESIS_PYTHON"),
  ".venv-schemathesis/bin/python",
];

const skipped = slow ?? modelMissing;
const python = skipped === undefined ? await findPython(["schemathesis"], candidates) : undefined;

/** Examples of each operation and phase; with these it takes about a minute. */
const EXAMPLES = "12";

testWhere({
  name: "schemathesis finds nothing in the server that /openapi.json describes",
  missing: skipped ?? (python === undefined ? "no Python with schemathesis" : undefined),
  async fn() {
    await using server = await startServer(["--log=off"]);
    const config = fileURLToPath(new URL("schemathesis.toml", import.meta.url));
    // One worker, as Python 3.11 may fail to parse in two threads at once ("AST constructor recursion depth mismatch").
    const flags = ["--seed=1", `--max-examples=${EXAMPLES}`, "--workers=1", "--no-color"];
    // Examples that failed before are kept in the working directory, which is not to be the repository.
    const cwd = await Deno.makeTempDir({ prefix: "abacus-schemathesis-" });
    try {
      const { code, stdout } = await new Deno.Command(resolve(python ?? ""), {
        args: [
          ...["-m", "schemathesis.cli", "--config-file", config],
          ...["run", `${server.url}/openapi.json`, "--request-timeout=60", ...flags],
        ],
        cwd,
        stderr: "null",
        signal: AbortSignal.timeout(600_000),
      }).output();
      const text = new TextDecoder().decode(stdout);
      assert.equal(code, 0, text.slice(-10_000));
      assert.match(text, /Fuzzing \(in [^)]*\)\s+✅\s+\d+ passed\s*$/m);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
});
