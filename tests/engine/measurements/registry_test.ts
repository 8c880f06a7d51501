import assert from "node:assert/strict";
import { measurementNames, measurements } from "../../../src/engine/measurements/registry.ts";
import { ownPassNames } from "../../../src/engine/passes/own_pass.ts";
import { openGolden, pooledOnly } from "../../support/golden_model.ts";

Deno.test("every measurement is one finite number per token, the same twice, and absent unless asked for", async () => {
  await using engine = (await openGolden("llama", { labelWeights: [1] })).engine;
  const ids = [1, 68, 94, 138, 10, 122, 66];
  for (const name of measurementNames) {
    const query = { ...pooledOnly(ids), measure: [name] };
    const { outputs: [once] } = await engine.run([query]);
    const { outputs: [again, without] } = await engine.run([query, { ...query, measure: [] }]);
    assert.equal(once!.measured[name]!.length, ids.length);
    assert.ok(once!.measured[name]!.every(Number.isFinite));
    assert.deepEqual(Object.keys(once!.measured), [name]);
    assert.deepEqual(again!.measured[name]!.length, ids.length);
    assert.deepEqual(without!.measured, {});
  }
});

Deno.test("passes of their own are those that the scoring pass does not give", () => {
  assert.deepEqual(
    ownPassNames,
    measurementNames.filter((name) => measurements[name].pass === "own"),
  );
  assert.ok(measurementNames.length > ownPassNames.length);
});
