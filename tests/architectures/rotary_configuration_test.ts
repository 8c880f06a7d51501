import assert from "node:assert/strict";
import {
  type RotaryConfig,
  rotaryScaling,
  sharingLimit,
  stretchedContext,
} from "../../src/architectures/rotary_configuration.ts";

const llama3 = {
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};

const cases: readonly { what: string; config: Partial<RotaryConfig>; expected: unknown }[] = [
  { what: "nothing said", config: {}, expected: { kind: "default" } },
  { what: "null", config: { rope_scaling: null }, expected: { kind: "default" } },
  {
    what: "the name before transformers 4.45",
    config: { rope_scaling: { type: "linear", factor: 2 } },
    expected: { kind: "linear", factor: 2 },
  },
  {
    what: "dynamic scaling",
    config: { rope_scaling: { rope_type: "dynamic", factor: 2 } },
    expected: { kind: "dynamic", factor: 2, originalContext: 100 },
  },
  {
    what: "Llama 3.1's scaling in transformers 5's place",
    config: { rope_parameters: { rope_type: "llama3", rope_theta: 500_000, ...llama3 } },
    expected: {
      kind: "llama3",
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: 8192,
    },
  },
  {
    what: "transformers 5's place before the older one",
    config: {
      rope_parameters: { rope_type: "default" },
      rope_scaling: { type: "linear", factor: 2 },
    },
    expected: { kind: "default" },
  },
];

for (const { what, config, expected } of cases) {
  Deno.test(`rotary scaling: ${what}`, () => {
    assert.deepEqual(rotaryScaling({ max_position_embeddings: 100, ...config }), expected);
  });
}

for (const missing of ["factor", "low_freq_factor", "high_freq_factor"] as const) {
  Deno.test(`llama3 scaling without ${missing} is a bad model`, () => {
    const { [missing]: _, ...rest } = llama3;
    const config = { max_position_embeddings: 100, rope_scaling: { rope_type: "llama3", ...rest } };
    const message = new RegExp(`by "llama3" as "${missing}" is missing`);
    assert.throws(() => rotaryScaling(config), { kind: "bad_model", path: "config.json", message });
  });
}

Deno.test("only dynamic scaling stretches the context and bounds sharing", () => {
  const plain = { max_position_embeddings: 100 };
  const linear = { ...plain, rope_scaling: { type: "linear", factor: 4 } };
  const dynamic = { ...plain, rope_scaling: { type: "dynamic", factor: 4 } };
  assert.deepEqual([plain, linear, dynamic].map(stretchedContext), [100, 100, 400]);
  assert.deepEqual([plain, linear, dynamic].map(sharingLimit), [Infinity, Infinity, 100]);
});
