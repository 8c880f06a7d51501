import assert from "node:assert/strict";
import type { Query } from "../../../src/engine/engine.ts";
import golden from "../../golden/integrated.json" with { type: "json" };
import { assertClose, openGolden, servedGoldenNames } from "../../support/golden_model.ts";

/** What torch's autograd finds along the path. */
interface Expected {
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  readonly pool: readonly number[];
  readonly moved: readonly number[];
  /** Steps that it takes until the residual is small enough. */
  readonly steps: number;
  readonly gained: number;
  readonly brought: readonly number[];
  /** With many more steps. */
  readonly fine: readonly number[];
}

function queryOf({ ids, types, pool, moved: [start = 0, end = 0] }: Expected): Query {
  return {
    ids: Int32Array.from(ids),
    ...(types === undefined ? {} : { types: Int32Array.from(types) }),
    pool,
    rows: [],
    measure: ["integrated"],
    moved: [start, end],
  };
}

const served = new Set(servedGoldenNames());
const models = Object.entries<{
  readonly label_weights: readonly number[];
  readonly sequences: readonly Expected[];
}>(golden.models).filter(([name]) => served.has(name));

for (const [name, { label_weights: labelWeights, sequences }] of models) {
  Deno.test(`${name}: gradients are integrated as torch's are, in as many steps, and nothing depends on neighbours`, async () => {
    await using engine = (await openGolden(name, { labelWeights })).engine;
    const together = await engine.run(sequences.map(queryOf));
    for (const [i, expected] of sequences.entries()) {
      const { outputs: [alone], computedTokens } = await engine.run([queryOf(expected)]);
      const { length } = expected.ids;
      assert.equal(computedTokens, length + (expected.steps + 1) * length);
      const numbers = alone!.measured.integrated!;
      assert.deepEqual(together.outputs[i]!.measured.integrated, numbers, "to the last bit");
      const [brought, gained] = [0, 1].map((which) =>
        Array.from({ length }, (_, token) => numbers[2 * token + which]!)
      );
      const what = { tolerance: 2e-4, what: `${length} tokens` };
      assertClose([sum(gained!)], [expected.gained], what);
      const inside = expected.brought.map((each, at) => isMoved(expected, at) ? each : 0);
      assertClose(brought!, inside, what);
      const size = inside.reduce((total, each) => total + Math.abs(each), 0);
      const off = inside.reduce((total, each, at) => {
        return total + (isMoved(expected, at) ? Math.abs(each - expected.fine[at]!) : 0);
      }, 0);
      assert.ok(off <= 0.02 * size, `${off} of ${size}`);
    }
  });
}

function isMoved({ moved: [start = 0, end = 0] }: Expected, token: number): boolean {
  return token >= start && token < end;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
