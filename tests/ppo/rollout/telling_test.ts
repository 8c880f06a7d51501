import assert from "node:assert/strict";
import { tellingOf, type ToldModel } from "../../../src/ppo/rollout/telling.ts";

const digest = "d1";
const tokenizer = { digest, head: Int32Array.of(1), opening: Int32Array.of(1), tail: 0 };

/** A decoder of the policy's tokenizer. */
const model: ToldModel = {
  close: "none",
  closes: ["eos", "none"],
  task: "sequence",
  input: "joined",
  vocabulary: 96,
  tokenizer_digest: digest,
  pooled: { at: "last_not", id: 0 },
};

const END = 2;

/** Credit that does not compare completions. */
const byAbc = { tokenizer, method: "abc" } as const;

const auto = { send: "auto", ends: true } as const;

Deno.test("ids are told, with their ends, where both tokenizers are one", () => {
  const { ids, ...telling } = tellingOf(model, auto, byAbc);
  assert.deepEqual(telling, { close: undefined, closesEnded: true });
  assert.deepEqual([ids?.tokenizer, ids?.vocabulary, ids?.endsIn(END)], [tokenizer, 96, true]);
  assert.equal(tellingOf(model, { ...auto, send: "text" }, byAbc).ids, undefined);
});

Deno.test("an end is told in ids wherever a text would be closed, and nowhere else", () => {
  const ends = (told: Partial<ToldModel>, choice: Partial<Parameters<typeof tellingOf>[1]> = {}) =>
    tellingOf({ ...model, ...told }, { ...auto, ends: false, ...choice }, byAbc).ids
      ?.endsIn(END);
  assert.equal(ends({}), false);
  assert.equal(ends({}, { close: "eos" }), true);
  assert.equal(ends({ close: "eos" }), true);
  assert.equal(ends({ close: "reward" }), false);
});

Deno.test("an ended text is closed unless the server decides, has no token for it, or reads steps", () => {
  const closes = (told: Partial<ToldModel>, close?: "eos") =>
    tellingOf({ ...model, ...told }, { ...auto, close }, { method: "abc" }).closesEnded;
  assert.equal(closes({}), true);
  assert.equal(closes({}, "eos"), false, "every text is");
  for (const close of ["eos", "reward"] as const) assert.equal(closes({ close }), false);
  assert.equal(closes({ closes: ["none"] }), false);
  assert.equal(closes({ task: "token" }), false);
});

const others: readonly [
  what: string,
  told: Partial<ToldModel>,
  given: typeof tokenizer | undefined,
][] = [
  ["its tokenizer is not the policy's", { tokenizer_digest: "d2" }, tokenizer],
  ["its tokenizer is not the policy's", { tokenizer_digest: undefined }, tokenizer],
  ["its tokenizer is not the policy's", {}, undefined],
  ["its tokenizer puts tokens behind every text", {}, { ...tokenizer, tail: 1 }],
  ["it reads prompt and completion as a pair of texts", { input: "pair" }, tokenizer],
  ["it looks for steps in texts", { task: "token" }, tokenizer],
];

for (const [what, told, given] of others) {
  const changed = Object.keys({ ...told, ...(given === tokenizer ? {} : { given }) }).join(", ");
  Deno.test(`texts are told, and --send ids is refused, as ${what} (${changed})`, () => {
    const other = { ...model, ...told };
    assert.equal(tellingOf(other, auto, { ...byAbc, tokenizer: given }).ids, undefined);
    assert.throws(
      () => tellingOf(other, { ...auto, send: "ids" }, { ...byAbc, tokenizer: given }),
      {
        kind: "bad_usage",
        message: `Cannot tell the reward model token ids as ${what}: received --send ids`,
      },
    );
  });
}

Deno.test("an end is told in ids where it is read, and else behind a text, which pays it as the end", () => {
  const ends = (pooled: ToldModel["pooled"]) =>
    tellingOf({ ...model, pooled }, auto, byAbc).ids?.endsIn(END);
  for (const at of ["last", "mean", "first"] as const) assert.equal(ends({ at }), true);
  for (const at of ["last_not", "before_first"] as const) {
    assert.deepEqual([ends({ at, id: END }), ends({ at, id: 0 })], [false, true], at);
  }
  assert.deepEqual([ends({ at: "named", id: END }), ends({ at: "named", id: 0 })], [true, false]);
  for (const unknown of [undefined, { at: "graph" } as const]) assert.equal(ends(unknown), false);
});

Deno.test("an end stays behind a text where completions are compared with others in their place", () => {
  for (
    const [method, expected] of [["red", true], ["occlusion", false], ["shapley", false]] as const
  ) {
    const { ids } = tellingOf(model, auto, { tokenizer, method });
    assert.equal(ids?.endsIn(END), expected, method);
  }
});
