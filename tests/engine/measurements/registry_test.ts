import assert from "node:assert/strict";
import { measurementNames, measurements } from "../../../src/engine/measurements/registry.ts";
import { ownPassNames } from "../../../src/engine/passes/own_pass.ts";

Deno.test("passes of their own are those that the scoring pass does not give", () => {
  assert.deepEqual(
    ownPassNames,
    measurementNames.filter((name) => measurements[name].pass === "own"),
  );
  assert.ok(measurementNames.length > ownPassNames.length);
});
