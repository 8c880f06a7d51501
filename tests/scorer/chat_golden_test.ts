/**
 * Conversations are rendered, tokenised and scored as in transformers, whatever the template does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { Batcher } from "../../src/batch/batcher.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { decodeFloats } from "../../src/wire/floats.ts";
import type { CompletionReply } from "../../src/wire/reply.ts";
import type { RewardRequestInput } from "../../src/wire/request.ts";
import { assertClose } from "../support/golden_model.ts";
import { completionsIn, scoreNative } from "../support/native_scorer.ts";

type Item = Extract<RewardRequestInput["items"][number], { messages: unknown }>;

const golden = z.object({
  templates: z.record(z.string(), z.string()),
  cases: z.array(z.object({
    template: z.string(),
    messages: z.custom<Item["messages"]>(Array.isArray),
    completion: z.string(),
    text: z.string(),
    ids: z.array(z.int()),
    score: z.number(),
  })),
}).parse(JSON.parse(readFileSync(new URL("../golden/chat.json", import.meta.url), "utf-8")));

const directory = new URL("../golden/models/llama", import.meta.url).pathname;

/** Scores completions with the tiny Llama and one of the golden templates. */
async function scored(template: string, items: RewardRequestInput["items"], method = "abc") {
  const chatTemplate = golden.templates[template];
  await using model = await loadModel(directory, { chatTemplate, device: "cpu", threads: 1 });
  const scorer = createScorer(model, new Batcher(model.engine));
  const credit = { method: method as "abc", beta: 0.8 };
  return completionsIn(await scoreNative(scorer, { items, credit }));
}

function sumOf({ rewards, offset = 0 }: CompletionReply): number {
  return decodeFloats(rewards).reduce((sum, reward) => sum + reward, offset);
}

for (const [name] of Object.entries(golden.templates)) {
  const cases = golden.cases.filter(({ template }) => template === name);
  Deno.test(`${name}: scores are transformers'`, async () => {
    const items = cases.map(({ messages, completion }) => ({
      messages,
      completions: [completion],
    }));
    const replies = await scored(name, items);
    for (const [at, { ids, score }] of cases.entries()) {
      const reply = replies[at]!;
      assertClose([reply.score], [score], { tolerance: 1e-4, what: `${name} ${at}` });
      assert.ok(Math.abs(sumOf(reply) - reply.score) < 1e-4);
      const own = reply.token_ids ?? [];
      const start = ids.findIndex((_, at) => own.every((id, i) => ids[at + i] === id));
      assert.ok(start >= 0, "the completion's ids are transformers'");
    }
  });
}

const thought = "<think>\nhm\n</think>\n\nIt was great.";

Deno.test("what a template leaves out is named, and its tokens earn nothing", async () => {
  const messages = [{ role: "user", content: "Hi" }];
  const spans: [number, number][] = [[0, 10], [10, 19], [19, 24], [24, 34], [34, 34]];
  const items = [
    { messages, completions: [thought, "It was great."] },
    { messages, completions: [thought], token_spans: [spans] },
  ];
  for (const method of ["abc", "red", "uniform", "terminal", "occlusion"]) {
    const [own, plain, caller] = await scored("answer", items, method);
    assert.ok(own !== undefined && plain !== undefined && caller !== undefined);
    assert.deepEqual(own.dropped, [[0, 21]]);
    assert.equal(plain.dropped, undefined);
    // One text, so one score, whose tokens stand elsewhere in the completion.
    assert.equal(own.score, plain.score);
    assert.deepEqual(own.token_ids, plain.token_ids);
    assert.deepEqual(own.rewards, plain.rewards);
    assert.deepEqual(own.offsets, plain.offsets?.map((span) => span.map((place) => place + 21)));
    const rewards = decodeFloats(caller.rewards);
    assert.deepEqual([rewards[0], rewards[1]], [0, 0]);
    assert.ok(Math.abs(sumOf(caller) - caller.score) < 1e-4);
    assert.deepEqual(caller.dropped, [[0, 21]]);
  }
});

Deno.test("a completion that is left out as a whole has a score and no tokens", async () => {
  const messages = [{ role: "user", content: "Hi" }];
  const [reply] = await scored("answer", [{ messages, completions: ["all thought</think>"] }]);
  assert.ok(reply !== undefined);
  assert.deepEqual(reply.dropped, [[0, 19]]);
  assert.deepEqual([...decodeFloats(reply.rewards)], []);
  assert.equal(reply.offset, reply.score);
});

Deno.test("trimmed space is named too", async () => {
  const messages = [{ role: "user", content: "Hi" }];
  const [reply] = await scored("headed", [{ messages, completions: ["  It was great.\n"] }]);
  assert.deepEqual(reply?.dropped, [[0, 2], [15, 16]]);
});
