import assert from "node:assert/strict";
import { rotaryOf } from "../../src/architectures/rotary_configuration.ts";
import { neoxRotaryNames } from "../../src/architectures/field_names.ts";
import type { RotaryConfig } from "../../src/architectures/rotary_settings.ts";
import { sharingLimit } from "../../src/layers/rotary_frequencies.ts";

// Frequencies, angles and attention factors of many configurations are held to transformers in
// tests/layers/rotary_test.ts; here stands what transformers does not say, or refuses less often.

const llama3 = {
  rope_type: "llama3",
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};
const longrope = { rope_type: "longrope", short_factor: [1, 2], long_factor: [3, 4] };
const width = 4;
const read = (config: Partial<RotaryConfig>, family = {}) =>
  rotaryOf({ max_position_embeddings: 100, ...config }, { width, ...family });

Deno.test("where config.json says nothing, all columns turn, in halves, by the usual base", () => {
  const expected = {
    rotated: 4,
    interleaved: false,
    base: 10_000,
    context: 100,
    scaling: { kind: "default" },
    attentionFactor: 1,
  };
  assert.deepEqual(read({}), expected);
  assert.deepEqual(read({ rope_scaling: null, rope_parameters: null }), expected);
  const ownWay = { interleaved: true, base: 1e6 };
  assert.deepEqual(read({}, ownWay), { ...expected, ...ownWay });
});

Deno.test("settings of Llama 3.1 have the names that they have elsewhere", () => {
  assert.deepEqual(read({ rope_parameters: { rope_theta: 500_000, ...llama3 } }).scaling, {
    kind: "llama3",
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalContext: 8192,
  });
});

const required: readonly (readonly [string, object])[] = [
  ...["factor", "low_freq_factor", "high_freq_factor"].map((name) => [name, llama3] as const),
  ...["short_factor", "long_factor"].map((name) => [name, longrope] as const),
  ["factor", { rope_type: "linear" }],
  ["factor", { rope_type: "dynamic" }],
  ["factor", { rope_type: "yarn" }],
];
for (const [missing, scaling] of required) {
  const { rope_type: kind } = scaling as { rope_type: string };
  Deno.test(`${kind} scaling without ${missing} is a bad model`, () => {
    assert.throws(() => read({ rope_scaling: { ...scaling, [missing]: null } }), {
      kind: "bad_model",
      path: "config.json",
      message: `Cannot scale rotary embeddings by "${kind}" as "${missing}" is missing`,
    });
  });
}

Deno.test("a file may say a thing twice, under any of its names, if it says the same", () => {
  const { base, scaling } = read({
    rope_theta: 500,
    rotary_emb_base: 500,
    rope_parameters: { rope_type: "linear", rope_theta: 500, factor: 2 },
    rope_scaling: { type: "linear", factor: 2 },
  });
  assert.deepEqual({ base, scaling }, { base: 500, scaling: { kind: "linear", factor: 2 } });
  const twice = { ...longrope, original_max_position_embeddings: 50 };
  const found = read({ rope_scaling: twice, original_max_position_embeddings: 50 });
  assert.equal(sharingLimit(found), 50);
});

const contradictions: readonly (readonly [Partial<RotaryConfig>, string])[] = [
  [
    { rope_theta: 10_000, rope_parameters: { rope_theta: 500 } },
    `"rope_parameters.rope_theta" and "rope_theta" contradict each other: received 500 and 10000`,
  ],
  [
    { rope_theta: 10_000, rotary_emb_base: 500 },
    `"rope_theta" and "rotary_emb_base" contradict each other: received 10000 and 500`,
  ],
  [
    { rope_parameters: { rope_type: "default" }, rope_scaling: { type: "linear", factor: 2 } },
    `"rope_scaling.type" and "rope_parameters.rope_type" contradict each other: received "linear" and "default"`,
  ],
  [
    { rope_scaling: { rope_type: "default", type: "mrope" } },
    `"rope_scaling.rope_type" and "rope_scaling.type" contradict each other: received "default" and "mrope"`,
  ],
  [
    {
      rope_scaling: { ...longrope, original_max_position_embeddings: 50 },
      original_max_position_embeddings: 60,
    },
    `"rope_scaling.original_max_position_embeddings" and "original_max_position_embeddings" contradict each other: received 50 and 60`,
  ],
  [
    { rope_parameters: longrope, rope_scaling: { ...longrope, long_factor: [3, 5] } },
    `"rope_scaling.long_factor" and "rope_parameters.long_factor" contradict each other: received [3,5] and [3,4]`,
  ],
  [
    { rotary_pct: 0.5, rope_parameters: { partial_rotary_factor: 1 } },
    `"rope_parameters.partial_rotary_factor" and "rotary_pct" contradict each other: received 1 and 0.5`,
  ],
  [
    { partial_rotary_factor: 0.5, rotary_dim: 4 },
    `"4 * partial_rotary_factor" and "rotary_dim" contradict each other: received 2 and 4`,
  ],
];
for (const [config, message] of contradictions) {
  const fields = message.slice(0, message.indexOf(" contradict"));
  Deno.test(`a contradiction names both fields: ${fields}`, () => {
    assert.throws(() => read(config, { part: 1 }), {
      kind: "bad_model",
      path: "config.json",
      message: `Cannot read the rotary embedding as ${message}`,
    });
  });
}

Deno.test("the columns that turn are counted as transformers counts them", () => {
  const rotated = (config: Partial<RotaryConfig>, family: object) => read(config, family).rotated;
  const half = { part: 0.5, names: neoxRotaryNames };
  assert.equal(rotated({}, half), 2);
  assert.equal(rotated({ rotary_pct: 1 }, half), 4);
  assert.equal(rotated({ partial_rotary_factor: 0.9 }, { part: 1 }), 3, "rounded down");
  assert.equal(rotated({ rotary_dim: 2 }, { part: 1 }), 2);
  assert.equal(rotated({ rotary_dim: 2, partial_rotary_factor: 0.5 }, { part: 1 }), 2);
  assert.equal(rotated({ rotary_pct: 0.5 }, {}), 4, "a family whose heads turn whole");
});

Deno.test("columns that do not form pairs within a head are a bad model", () => {
  const refuses = (config: Partial<RotaryConfig>, family: object, received: string) =>
    assert.throws(() => read(config, family), {
      kind: "bad_model",
      message:
        `Cannot rotate a head as its columns do not form pairs: received ${received} columns`,
    });
  refuses({ rotary_dim: 6 }, { part: 1 }, "6 of 4");
  refuses({ partial_rotary_factor: 0.1 }, { part: 1 }, "0 of 4");
  refuses({}, { width: 5 }, "5 of 5");
  refuses({}, { width: 2.5 }, "2.5 of 2.5");
});

Deno.test("divisors of longrope are one per pair of columns that turns", () => {
  assert.throws(() => read({ rope_scaling: longrope, partial_rotary_factor: 0.5 }, { part: 1 }), {
    kind: "bad_model",
    message:
      `Cannot scale rotary embeddings by "longrope" as "short_factor" must have a number for each of 1 pairs of columns: received 2`,
  });
});

Deno.test("longrope needs a context whose logarithm is not 0, unless nothing is divided by it", () => {
  const scaled = (more: object) =>
    read({ rope_scaling: { ...longrope, original_max_position_embeddings: 1, ...more } });
  assert.throws(() => scaled({ factor: 4 }), {
    kind: "bad_model",
    message: /"original_max_position_embeddings" must be more than 1/,
  });
  assert.equal(scaled({ factor: 1 }).attentionFactor, 1);
  assert.equal(scaled({ factor: 4, attention_factor: 1.5 }).attentionFactor, 1.5);
});

Deno.test("dynamic scaling of a single pair of columns is refused: its base has no exponent", () => {
  assert.throws(() => read({ rope_scaling: { type: "dynamic", factor: 2 } }, { width: 2 }), {
    kind: "bad_model",
    message:
      `Cannot scale rotary embeddings by "dynamic" as it needs more than one pair of columns: received 2 columns`,
  });
});

Deno.test("a kind of scaling that Abacus does not know is a bad model", () => {
  assert.throws(() => read({ rope_scaling: { type: "mrope" } }), {
    kind: "bad_model",
    message:
      `Cannot scale rotary embeddings as "mrope" is not one of default, linear, dynamic, llama3, yarn, longrope`,
  });
});

Deno.test("scalings that go past max_position_embeddings lengthen the context; those by length bound sharing", () => {
  const limits = (rope_scaling: object, more = {}) => {
    const rotary = read({ rope_scaling, ...more });
    return [rotary.context, sharingLimit(rotary)];
  };
  assert.deepEqual(limits({ type: "default" }), [100, Infinity]);
  assert.deepEqual(limits({ type: "linear", factor: 4 }), [100, Infinity]);
  assert.deepEqual(limits(llama3), [100, Infinity]);
  assert.deepEqual(limits({ type: "dynamic", factor: 4 }), [400, 100]);
  assert.deepEqual(limits({ type: "dynamic", factor: 1 }), [100, Infinity]);
  assert.deepEqual(limits({ type: "yarn", factor: 4 }), [400, Infinity]);
  const yarn = { type: "yarn", factor: 4, original_max_position_embeddings: 20 };
  assert.deepEqual(limits(yarn), [100, Infinity]);
  assert.deepEqual(limits({ ...longrope, original_max_position_embeddings: 60 }), [100, 60]);
  assert.deepEqual(limits(longrope), [100, Infinity]);
});

Deno.test("what transformers leaves unread must say what counts, or the file is refused by both names", () => {
  const neox = { part: 0.25, width: 8, names: neoxRotaryNames };
  const all = {
    rotary_emb_base: 500,
    rotary_pct: 0.5,
    rope_theta: 500,
    partial_rotary_factor: 0.5,
  };
  assert.deepEqual([read(all, neox).base, read(all, neox).rotated], [500, 4]);
  const inside = { rope_theta: 500, rope_parameters: { rope_theta: 500 } };
  assert.equal(read(inside, neox).base, 500, "as transformers 5 writes what version 4 wrote");
  const refuses = (config: Partial<RotaryConfig>, family: object, message: string) =>
    assert.throws(() => read(config, family), {
      kind: "bad_model",
      message: `Cannot read the rotary embedding as ${message}`,
    });
  refuses(
    { rope_theta: 500 },
    neox,
    `"rotary_emb_base" (absent) and "rope_theta" contradict each other: received 10000 and 500`,
  );
  refuses(
    { partial_rotary_factor: 1 },
    neox,
    `"rotary_pct" (absent) and "partial_rotary_factor" contradict each other: received 0.25 and 1`,
  );
  refuses(
    { rotary_emb_base: 500 },
    {},
    `"rope_theta" (absent) and "rotary_emb_base" contradict each other: received 10000 and 500`,
  );
  // rope_scaling takes the place of all of rope_parameters, of the base in it too.
  const scaling = { type: "linear", factor: 2 };
  refuses(
    { rope_scaling: scaling, rope_parameters: { rope_theta: 500 } },
    {},
    `"rope_theta" (absent) and "rope_parameters.rope_theta" contradict each other: received 10000 and 500`,
  );
  refuses(
    { rope_scaling: { type: "default" }, rope_parameters: { factor: 2 } },
    {},
    `"rope_parameters.factor" is left unread where "rope_scaling" stands beside "rope_parameters": received 2`,
  );
  assert.equal(read({ rope_scaling: {}, rope_parameters: { rope_theta: 500 } }).base, 500);
});

Deno.test("a null is what it is to transformers: nothing, off, or an error", () => {
  const refuses = (config: Partial<RotaryConfig>, field: string, family = {}) =>
    assert.throws(() => read(config, family), {
      kind: "bad_model",
      message:
        `Cannot read the rotary embedding as "${field}" has no value, with which transformers cannot compute (without the field it has a default): received null`,
    });
  refuses({ rope_theta: null }, "rope_theta");
  refuses({ rope_parameters: { rope_theta: null } }, "rope_parameters.rope_theta");
  refuses({ rope_scaling: { rope_type: null, type: "linear" } }, "rope_scaling.rope_type");
  const neox = { part: 0.25, names: neoxRotaryNames, width: 8 };
  refuses({ rotary_emb_base: null }, "rotary_emb_base", neox);
  refuses({ rotary_pct: null }, "rotary_pct", neox);
  assert.equal(read({ rope_theta: null, rope_parameters: { rope_theta: 7 } }).base, 7);
  assert.equal(read({ partial_rotary_factor: null }, { part: 1 }).rotated, 4);
  const yarn = { type: "yarn", factor: 4, original_max_position_embeddings: 20 };
  assert.deepEqual(
    read({ rope_scaling: { ...yarn, truncate: null } } as unknown as RotaryConfig).scaling,
    read({ rope_scaling: { ...yarn, truncate: false } }).scaling,
  );
  assert.throws(() => read({ rope_scaling: yarn, original_max_position_embeddings: null }), {
    message:
      `Cannot scale rotary embeddings by "yarn" as "original_max_position_embeddings" has no value: received null`,
  });
});

Deno.test("angles by kind of layer are refused in a family whose layers turn alike", () => {
  assert.throws(() => read({ rope_parameters: { full_attention: { factor: 2 } } }), {
    kind: "bad_model",
    message: /"rope_parameters\.full_attention" is for families whose kinds of layers/,
  });
});

Deno.test("a family whose heads turn whole cannot scale the angles of a part of them", () => {
  assert.equal(read({ partial_rotary_factor: 0.5 }).rotated, 4, "plain angles ignore it");
  const rope_scaling = { type: "linear", factor: 2 };
  assert.equal(read({ partial_rotary_factor: 1, rope_scaling }).rotated, 4);
  assert.throws(() => read({ partial_rotary_factor: 0.5, rope_scaling }), {
    kind: "bad_model",
    message:
      `Cannot scale rotary embeddings by "linear" as "partial_rotary_factor" must be 1 in a family whose heads turn whole: received 0.5`,
  });
});
