import assert from "node:assert/strict";
import { Batcher } from "../../src/batch/batcher.ts";
import { methodsFor } from "../../src/credit/choice.ts";
import { loadModel } from "../../src/model/load_model.ts";
import type { LoadedModel } from "../../src/model/model.ts";
import { createScorer, type Scorer } from "../../src/scorer/scorer.ts";
import { decodeFloats } from "../../src/wire/floats.ts";
import type { CompletionReply } from "../../src/wire/reply.ts";
import type { RewardRequestInput } from "../../src/wire/request.ts";
import {
  type Golden,
  goldenDirectory,
  type GoldenText,
  readGolden,
  readGoldenGradients,
} from "../support/golden_model.ts";
import { completionsIn, scoreNative } from "../support/native_scorer.ts";

/** Float32 on another runtime; far below the 1e-3 that is promised. */
const TOLERANCE = 1e-4;

async function withGolden(
  name: string,
  use: (tools: { model: LoadedModel; scorer: Scorer; golden: Golden }) => Promise<void>,
): Promise<void> {
  const golden = await readGolden(name);
  await using model = await loadModel(goldenDirectory(name), { device: "cpu", threads: 1 });
  await use({ model, scorer: createScorer(model, new Batcher(model.engine)), golden });
}

async function completions(scorer: Scorer, request: RewardRequestInput) {
  return completionsIn(await scoreNative(scorer, request));
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    assert.ok(Math.abs(actual[i]! - expected[i]!) < TOLERANCE, `${actual[i]} != ${expected[i]}`);
  }
}

/** Texts as the model takes them: the two of a pair where it was trained on pairs. */
function textsOf(golden: Golden): readonly GoldenText[] {
  return golden.pairs ?? golden.texts ?? [];
}

const causal = ["llama", "gpt2", "internlm2-reward", "inform"];
/** With the special tokens around a text that stands alone. */
const encoders = [
  ["bert", "[CLS]", "[SEP]"],
  ["deberta-v3", "[CLS]", "[SEP]"],
  ["roberta", "<s>", "</s>"],
  ["xlm-roberta", "<s>", "</s>"],
  ["distilbert", "[CLS]", "[SEP]"],
  ["electra", "[CLS]", "[SEP]"],
  ["albert", "[CLS]", "[SEP]"],
  ["modernbert", "[CLS]", "[SEP]"],
] as const;

for (const name of [...causal, ...encoders.map(([name]) => name)]) {
  Deno.test(`${name}: score, offsets, credit and mass are those of transformers`, async () => {
    await withGolden(name, async ({ scorer, golden }) => {
      assert.ok(textsOf(golden).length > 0);
      for (const text of textsOf(golden)) {
        const items = [{ prompt: text.prompt, completions: [text.completion] }];
        const [completion] = await completions(scorer, { items });
        assert.deepEqual(completion?.offsets, text.offsets);
        close([completion!.score, completion!.response_mass!], [text.score, text.response_mass]);
        close(decodeFloats(completion!.credit!), text.credit);
      }
    });
  });

  Deno.test(`${name}: gradient rewards are torch's gradients times embeddings, the rest on the last`, async () => {
    const gradients = await readGoldenGradients(name);
    await withGolden(name, async ({ scorer, golden, model }) => {
      const credit = { method: "gradient", beta: 0.5 } as const;
      const items = textsOf(golden).map(({ prompt, completion }) => ({
        prompt,
        completions: [completion],
      }));
      const found = await completions(scorer, { items, credit });
      const plain = await completions(scorer, { items });
      // The last [SEP], or the token that the score is read at.
      const closing = golden.pairs === undefined && model.tokenizer.close === "none" ? 0 : 1;
      for (const [i, expected] of (gradients.pairs ?? gradients.texts)!.entries()) {
        const { score, attribution } = expected;
        const end = attribution.length - closing;
        const { offsets } = textsOf(golden)[i]!;
        const own = attribution.slice(end - offsets.length, end).map((each) => each / 2);
        const rewards = decodeFloats(found[i]!.rewards);
        const rest = score - own.slice(0, -1).reduce((sum, each) => sum + each, 0);
        close(rewards, own.length === 0 ? [] : [...own.slice(0, -1), rest]);
        assert.equal(found[i]!.score, plain[i]!.score);
        assert.equal(found[i]!.credit, undefined);
      }
    });
  });

  Deno.test(`${name}: laws 1 and 2 hold of every method over the real engine`, async () => {
    await withGolden(name, async ({ scorer, golden, model }) => {
      const items = textsOf(golden).map(({ prompt, completion }) => ({
        prompt,
        completions: [completion, `${completion} and`, "", "🎬!"],
      }));
      for (const { name: method } of methodsFor(model)) {
        const credit = { method } as RewardRequestInput["credit"];
        const together = await completions(scorer, { items, credit });
        const again = await completions(scorer, { items, credit });
        assert.deepEqual(together, again, "two runs of one batch differ in a bit");
        const alone: CompletionReply[] = [];
        for (const { prompt, completions: [...all] } of items) {
          for (const completion of all) {
            const request = { items: [{ prompt, completions: [completion] }], credit };
            alone.push(...await completions(scorer, request));
          }
        }
        together.forEach((completion, i) => checkLaws(completion, alone[i]!));
      }
    });
  });
}

for (const name of causal) {
  Deno.test(`${name}: texts with their special tokens in them score as transformers does`, async () => {
    await withGolden(name, async ({ scorer, golden }) => {
      const texts = golden.texts ?? [];
      const { completions } = await scorer.score({
        samples: texts.map(({ prompt, completion }) => ({
          kind: "plain",
          prompt: `<s>${prompt}`,
          completion,
          templated: true,
        })),
        credit: { method: "abc", beta: 1 },
        truncation: "none",
      });
      for (const [i, { score, offsets, credit }] of texts.entries()) {
        close([completions[i]!.score], [score]);
        assert.deepEqual(completions[i]!.offsets, offsets);
        close(completions[i]!.shares!, credit);
      }
    });
  });

  Deno.test(`${name}: red rewards are the differences of transformers' logits`, async () => {
    await withGolden(name, async ({ scorer, golden, model }) => {
      for (const { ids, logits } of golden.sequences.filter(({ ids }) => ids.length > 1)) {
        const cut = Math.ceil(ids.length / 2);
        const items = [{ prompt_ids: ids.slice(0, cut), completion_ids: [ids.slice(cut)] }];
        const [completion] = await completions(scorer, {
          items,
          credit: { method: "red", beta: 1 },
        });
        const labels = logits.length / ids.length;
        const scores = ids.map((_, i) =>
          model.score(Float32Array.from(logits.slice(i * labels, (i + 1) * labels)))
        );
        const differences = scores.slice(cut).map((score, i) => score - scores[cut + i - 1]!);
        close(decodeFloats(completion!.rewards), differences);
        close([completion!.offset!], [scores[cut - 1]!]);
      }
    });
  });
}

for (const [name, first, last] of encoders) {
  Deno.test(`${name}: what a template was applied to is one text, as transformers scores it`, async () => {
    await withGolden(name, async ({ scorer, golden }) => {
      const { completions } = await scorer.score({
        samples: golden.texts!.map(({ prompt, completion }) => ({
          kind: "plain",
          prompt: `${first}${prompt}`,
          completion: `${completion}${last}`,
          templated: true,
        })),
        credit: { method: "uniform", beta: 1 },
        truncation: "none",
      });
      close(completions.map(({ score }) => score), golden.texts!.map(({ score }) => score));
    });
  });

  Deno.test(`${name}: a pair given as ids scores as the pair of texts`, async () => {
    await withGolden(name, async ({ scorer, golden }) => {
      for (const { ids, types, score } of golden.pairs!) {
        const cut = Math.max(1, types?.indexOf(1) ?? 1); // anywhere, where there is one type
        const items = [{ prompt_ids: ids.slice(0, cut), completion_ids: [ids.slice(cut)] }];
        const [completion] = await completions(scorer, { items });
        close([completion!.score], [score]);
      }
    });
  });

  Deno.test(`${name}: credit that needs a causal model is refused`, async () => {
    await withGolden(name, async ({ scorer }) => {
      const items = [{ prompt: "The movie", completions: [" was great."] }];
      await assert.rejects(completions(scorer, { items, credit: { method: "red" } }), {
        kind: "invalid_request",
        message: /'red' needs a causal model: received the family/,
      });
    });
  });
}

function checkLaws(together: CompletionReply, alone: CompletionReply): void {
  close([together.score], [alone.score]);
  const rewards = decodeFloats(together.rewards);
  close(rewards, decodeFloats(alone.rewards));
  const paid = rewards.reduce((sum, reward) => sum + reward, together.offset ?? 0);
  assert.ok(Math.abs(paid - together.score) <= 1e-5 * Math.max(1, Math.abs(together.score)));
}
