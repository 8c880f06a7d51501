/**
 * Every family reads its scores where transformers does, whatever stands for padding, and pays nothing for
 * what stands behind.
 *
 * @module
 */

import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { Batcher } from "../../src/batch/batcher.ts";
import { methodsFor } from "../../src/credit/choice.ts";
import { readConfig } from "../../src/model/config_file.ts";
import { loadModel } from "../../src/model/load_model.ts";
import type { LoadedModel } from "../../src/model/model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { loadSampleTokenizer } from "../../src/text/load_sample_tokenizer.ts";
import { pooledPositions } from "../../src/text/pooling.ts";
import { decodeFloats } from "../../src/wire/floats.ts";
import type { CompletionReply } from "../../src/wire/reply.ts";
import type { RewardRequestInput } from "../../src/wire/request.ts";
import { assertClose, goldenDirectory, servedGoldenNames } from "../support/golden_model.ts";
import { paddedBy, type PoolingCase, poolingCases } from "../support/golden_pooling.ts";
import { completionsIn, scoreNative } from "../support/native_scorer.ts";

const EOS = 2;
const cases = poolingCases();
const whereEosIsPadding = cases.filter(({ pad_token_id }) => pad_token_id === EOS);
const tolerance = { tolerance: 1e-4, what: "score" };

async function asked(model: LoadedModel, request: RewardRequestInput): Promise<CompletionReply[]> {
  const scorer = createScorer(model, new Batcher(model.engine));
  return completionsIn(await scoreNative(scorer, request));
}

function rewardsOf({ rewards }: CompletionReply): number[] {
  return Array.from(decodeFloats(rewards));
}

Deno.test("the golden cases are every architecture that reads by padding, under every kind of it", async () => {
  const architectureIn = async (model: string) =>
    architectureOf(await readConfig(goldenDirectory(model)));
  const served = await Promise.all(servedGoldenNames().map(architectureIn));
  const found = await Promise.all(whereEosIsPadding.map(({ model }) => architectureIn(model)));
  const causal = (each: typeof served) =>
    new Set(
      each.filter(({ attention, rewardToken }) =>
        attention === "causal" && rewardToken === undefined
      ).map(({ name }) => name),
    );
  assert.deepEqual(causal(found), causal(served));
  const settings = (model: string) => cases.filter((each) => each.model === model).length;
  assert.ok(whereEosIsPadding.every(({ model }) => settings(model) >= 3));
  assert.equal(settings("llama"), 5);
});

for (const each of cases) {
  const { model, pad_token_id: padding, sequences } = each;
  Deno.test(`${model}, pad_token_id ${padding}: read where transformers reads`, async () => {
    await using directory = await paddedBy(each);
    const { pooling } = architectureOf(await readConfig(directory.path));
    for (const { ids, position } of sequences) {
      assert.deepEqual(pooledPositions(Int32Array.from(ids), pooling), [position], ids.join());
    }
  });
}

/** Where a sequence is divided: in the middle, but behind its end where a completion has another type. */
function startOf({ ids, types }: PoolingCase["sequences"][number]): number {
  return types === undefined ? ids.length >> 1 : ids.length;
}

/** Sequences as samples of ids. */
function samplesOf({ sequences }: PoolingCase): RewardRequestInput["items"] {
  return sequences.map((sequence) => ({
    prompt_ids: sequence.ids.slice(0, startOf(sequence)),
    completion_ids: [sequence.ids.slice(startOf(sequence))],
  }));
}

for (const each of whereEosIsPadding) {
  Deno.test(`${each.model}: scores are transformers' where the end token is padding`, async () => {
    await using directory = await paddedBy(each);
    await using model = await loadModel(directory.path, { device: "cpu", threads: 1 });
    const found = await asked(model, { items: samplesOf(each) });
    for (const [i, sequence] of each.sequences.entries()) {
      const { ids, position, rows } = sequence;
      const { score, read_at, ...rest } = found[i]!;
      assertClose([score], [model.score(Float32Array.from(rows[position]!))], tolerance);
      assert.deepEqual(read_at, { position, token_id: ids[position] });
      const rewards = rewardsOf({ score, ...rest });
      assert.equal(rewards.length, ids.length - startOf(sequence));
      if (model.attention === "causal") assertPaidUpTo(position - startOf(sequence), rewards);
    }
  });
}

/** Tokens behind a place earn nothing, and the one at that place does. */
function assertPaidUpTo(place: number, rewards: readonly number[]): void {
  assert.deepEqual(rewards.slice(place + 1), rewards.slice(place + 1).map(() => 0));
  if (place >= 0) assert.notEqual(rewards[place], 0);
}

for (const each of cases.filter(({ texts }) => texts !== undefined)) {
  const { model: name, pad_token_id: padding, texts = [] } = each;
  Deno.test(`${name}, padding ${padding}: texts that hold or end in either token`, async () => {
    await using directory = await paddedBy(each);
    await using model = await loadModel(directory.path, { device: "cpu", threads: 1 });
    for (const { prompt, completion, ids, position, ...want } of texts) {
      const [found] = await asked(model, { items: [{ prompt, completions: [completion] }] });
      assertClose([found!.score], want.rows[position]!, tolerance);
      assert.deepEqual(found!.read_at, { position, token_id: ids[position] });
      assert.deepEqual(found!.offsets, want.offsets);
      const shares = decodeFloats(found!.credit!);
      if (want.credit.length > 0) assertClose(shares, want.credit, { ...tolerance, what: "share" });
      else assert.deepEqual([Number(...shares), found!.offset], [0, found!.score]);
    }
  });
}

Deno.test("every method pays the tokens that were read, and as if those behind were not there", async () => {
  const [each] = whereEosIsPadding;
  await using directory = await paddedBy(each!);
  await using model = await loadModel(directory.path, { device: "cpu", threads: 1 });
  const plain = { prompt_ids: [1, 50, 51], completion_ids: [[60, 61, 62]] };
  const padded = { ...plain, completion_ids: [[60, 61, 62, EOS, EOS]] };
  for (const { name } of methodsFor({ family: "llama", attention: "causal" })) {
    const credit = { method: name } as RewardRequestInput["credit"];
    const [alone] = await asked(model, { items: [plain], credit });
    const [behind] = await asked(model, { items: [padded], credit });
    assertClose([behind!.score], [alone!.score], tolerance);
    const expected = [...rewardsOf(alone!), 0, 0];
    assertClose(rewardsOf(behind!), expected, { ...tolerance, what: name });
  }
});

/** Completions of one prompt that are read in it, at its end, and at different places behind it. */
const alike = [[EOS], [EOS, EOS], [60], [60, 61], [60, 61, EOS], [60, EOS, 61, EOS], [60, 61, 62]];

for (const each of whereEosIsPadding.filter(({ sequences: [first] }) => !first?.types)) {
  Deno.test(`${each.model}: a place in a shared beginning is read alone as together`, async () => {
    await using directory = await paddedBy(each);
    await using model = await loadModel(directory.path, { device: "cpu", threads: 1 });
    const prompt = Array.from({ length: 40 }, (_, at) => 5 + at);
    const credit = { method: "abc" } as const;
    const item = { prompt_ids: prompt, completion_ids: alike };
    const together = await asked(model, { items: [item], credit });
    for (const [i, ids] of alike.entries()) {
      const [alone] = await asked(model, { items: [{ ...item, completion_ids: [ids] }], credit });
      assertClose([together[i]!.score], [alone!.score], tolerance);
      assertClose(rewardsOf(together[i]!), rewardsOf(alone!), { ...tolerance, what: "reward" });
      assert.deepEqual(together[i]!.read_at, alone!.read_at);
    }
  });
}

Deno.test("a score that was read in the prompt is paid to nobody, by any method", async () => {
  const [each] = whereEosIsPadding;
  await using directory = await paddedBy(each!);
  await using model = await loadModel(directory.path, { device: "cpu", threads: 1 });
  const items = [{ prompt_ids: [1, 50, 51], completion_ids: [[EOS, EOS]] }];
  for (const { name } of methodsFor({ family: "llama", attention: "causal" })) {
    const credit = { method: name } as RewardRequestInput["credit"];
    const [found] = await asked(model, { items, credit });
    assert.deepEqual([rewardsOf(found!), found!.offset], [[0, 0], found!.score], name);
    assert.equal(found!.read_at?.position, 2);
  }
});

for (const each of cases.filter(({ closed }) => closed !== undefined)) {
  const { model: name, pad_token_id: padding, closed = [] } = each;
  const eosToken = "</s>";

  Deno.test(`${name}, padding ${padding}: closed texts are those that trainers make`, async () => {
    await using directory = await paddedBy(each);
    const { dimensions: { vocabulary }, pooling } = architectureOf(
      await readConfig(directory.path),
    );
    for (const { trainer, prompt, completion, max_length: context = 96, ids, position } of closed) {
      const tokenizer = await loadSampleTokenizer(directory.path, { context, vocabulary, pooling });
      // OpenRLHF takes line breaks off, writes a space before the end, and has the tokenizer add nothing.
      const bare = completion.replace(/\n+$/, "");
      const spaced = bare.endsWith(eosToken) ? bare : `${bare} `;
      const sample = trainer === "TRL"
        ? { kind: "plain", prompt, completion } as const
        : { kind: "plain", prompt, completion: spaced, templated: true } as const;
      const [encoding] = await tokenizer.encode([sample], "right", "eos");
      assert.ok(encoding !== undefined && !(encoding instanceof Error), String(encoding));
      assert.deepEqual([...encoding.ids], ids, `${trainer}: ${completion}`);
      assert.deepEqual(encoding.pool, [position]);
    }
  });

  Deno.test(`${name}, padding ${padding}: closed texts score as in transformers`, async () => {
    await using directory = await paddedBy(each);
    const options = { device: "cpu", threads: 1, appendEos: true } as const;
    await using model = await loadModel(directory.path, options);
    for (const { prompt, completion, rows, position } of closed.filter(isTrl)) {
      const items = [{ prompt, completions: [completion] }];
      const [found] = await asked(model, { items });
      assertClose([found!.score], rows[position]!, tolerance);
      assert.equal(found!.read_at?.position, position);
      const [open] = await asked(model, { items, close: "none" });
      assert.equal(rewardsOf(found!).length, rewardsOf(open!).length);
    }
  });
}

function isTrl({ trainer }: { readonly trainer: string }): boolean {
  return trainer === "TRL";
}

Deno.test("the score can be read elsewhere: at the last token, the last end, or a named token", async () => {
  const [each] = whereEosIsPadding;
  await using directory = await paddedBy(each!);
  const places: Record<string, (ids: readonly number[]) => number> = {
    "last": (ids) => ids.length - 1,
    "eos": (ids) => ids.lastIndexOf(EOS),
    "0": (ids) => ids.lastIndexOf(0),
  };
  for (const [poolAt, placeIn] of Object.entries(places)) {
    const options = { device: "cpu", threads: 1, poolAt } as const;
    await using model = await loadModel(directory.path, options);
    const sequences = each!.sequences.filter(({ ids }) => placeIn(ids) >= 0);
    assert.ok(sequences.length > 5);
    const found = await asked(model, { items: samplesOf({ ...each!, sequences }) });
    for (const [i, { ids, rows }] of sequences.entries()) {
      assertClose([found[i]!.score], rows[placeIn(ids)]!, tolerance);
      assert.equal(found[i]!.read_at?.position, placeIn(ids));
    }
  }
});
