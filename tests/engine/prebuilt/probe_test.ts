import assert from "node:assert/strict";
import type { Feeds, Outputs } from "../../../src/engine/arrays.ts";
import { probe, type ProbeOptions } from "../../../src/engine/prebuilt/probe.ts";
import { TextRunner } from "../../../src/engine/prebuilt/text_runner.ts";
import type { Device } from "../../../src/engine/devices.ts";
import { added } from "../../../src/prebuilt/expose_attention.ts";

/** How a pretended graph reads its texts. */
interface Pretended {
  /** The positions that the score is the mean of; `mask` says which ids are no padding. */
  readonly reads: (ids: readonly number[], mask: readonly number[]) => readonly number[];
  readonly causal?: boolean;
  /** Whether the score of a text depends on what stands beside it. @default it does not */
  readonly mixes?: "padding" | "texts";
  readonly fails?: (texts: number) => boolean;
}

const PAD = 3;
const options: ProbeOptions = { vocabulary: 100, padId: PAD, isReduced: false, tolerance: 1e-4 };

/** The score of a text is the sum of its read ids, and of the nudges at their rows. */
function runnerOf(graph: Pretended, { attention = true } = {}): TextRunner {
  const runtime = {
    device: "cpu" as Device,
    load: () => Promise.resolve({ onDevice: 1 }),
    run: (_: string, feeds: Feeds) =>
      Promise.resolve({ outputs: outputsOf(graph, feeds), runMs: 0 }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return new TextRunner(runtime, {
    session: "pretended",
    logits: "logits",
    inputs: new Map([["input_ids", "int64"], ["attention_mask", "int64"]]),
    padding: { id: PAD, type: 0, side: "right" },
    attention,
  });
}

function outputsOf({ reads, causal = false, mixes, fails }: Pretended, feeds: Feeds): Outputs {
  const { data, dims: [batch = 0, length = 0] } = feeds["input_ids"]!;
  if (fails?.(batch)) throw new Error("the graph takes one text");
  const rowOf = (values: ArrayLike<number | bigint>, i: number) =>
    Array.from({ length }, (_, at) => Number(values[i * length + at]));
  const nudges = feeds[added.nudge]?.data ?? new Float32Array(length);
  const places = feeds[added.rows]?.data ?? [];
  const scores = new Float32Array(batch);
  const weights = new Float32Array(batch * length);
  for (let i = 0; i < batch; i++) {
    const [ids, mask] = [rowOf(data, i), rowOf(feeds["attention_mask"]!.data, i)];
    const read = reads(ids, mask);
    const sum = read.reduce((sum, at) => sum + ids[at]! / 100 + Number(nudges[at]), 0);
    const beside = mixes === "texts" ? batch : mixes === "padding" ? length : 0;
    scores[i] = sum / read.length + beside;
    const row = Number(places[i] ?? 0);
    const seen = causal ? row + 1 : mask.filter((each) => each === 1).length;
    for (let at = 0; at < seen; at++) weights[i * length + at] = 1 / seen;
  }
  return {
    logits: { data: scores, dims: [batch, 1] },
    [added.attention]: { data: weights, dims: [batch, length] },
  };
}

const lastOf = (mask: readonly number[]) => mask.lastIndexOf(1);

Deno.test("where the score is read is told by the rows that move it", async () => {
  const rules: [Pretended["reads"], unknown][] = [
    [() => [0], "first"],
    [(_, mask) => [lastOf(mask)], "last"],
    [(ids) => [ids.findLastIndex((id) => id !== PAD)], { lastNot: PAD }],
    // As decoders of older releases: the token before the first padding.
    [(ids) => [(ids.includes(PAD) ? ids.indexOf(PAD) : ids.length) - 1], undefined],
    [() => [1], undefined],
    [(_, mask) => [0, lastOf(mask)], undefined],
    [(_, mask) => [...mask.keys()].filter((at) => mask[at] === 1), undefined],
  ];
  for (const [reads, pooling] of rules) {
    const { pooling: found } = await probe(runnerOf({ reads }), options);
    assert.deepEqual(found, pooling, `${reads}`);
  }
  const all = runnerOf({ reads: (_, mask) => [...mask.keys()].filter((at) => mask[at] === 1) });
  assert.equal((await probe(all, { ...options, isReduced: true })).pooling, "mean");
});

Deno.test("without a known padding the last token is the last", async () => {
  const { pooling } = await probe(runnerOf({ reads: (_, mask) => [lastOf(mask)] }), {
    ...options,
    padId: undefined,
  });
  assert.equal(pooling, "last");
});

Deno.test("attention is causal where no row sees what is behind it", async () => {
  const found = async (causal: boolean) =>
    (await probe(runnerOf({ reads: () => [0], causal }), options)).attention;
  assert.deepEqual([await found(true), await found(false)], ["causal", "bidirectional"]);
});

Deno.test("texts stand beside others only as far as that leaves their scores as they are", async () => {
  const companyOf = async (graph: Partial<Pretended>) =>
    (await probe(runnerOf({ reads: () => [0], ...graph }), options)).company;
  assert.equal(await companyOf({}), "padded");
  assert.equal(await companyOf({ mixes: "padding" }), "equal");
  assert.equal(await companyOf({ mixes: "texts" }), "alone");
  assert.equal(await companyOf({ fails: (texts) => texts > 1 }), "alone");
});

Deno.test("without attention nothing is told of the position", async () => {
  const found = await probe(runnerOf({ reads: () => [0] }, { attention: false }), options);
  assert.deepEqual(found, { company: "padded" });
});

Deno.test("a score that no row moves says nothing", async () => {
  const { pooling } = await probe(runnerOf({ reads: () => [] }), options);
  assert.equal(pooling, undefined);
});
