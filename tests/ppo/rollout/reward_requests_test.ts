import assert from "node:assert/strict";
import type { CompletionText } from "../../../src/ppo/rollout/policy_text.ts";
import { rewardCalls } from "../../../src/ppo/rollout/reward_requests.ts";
import type { IdsTelling, Telling } from "../../../src/ppo/rollout/telling.ts";

const [BOS, END] = [1, 2];

/** A completion of two letters, and of its end where the policy wrote one. */
function written(prompt: string, { ended = false } = {}): CompletionText {
  const end = ended ? { ids: [END], spans: [[2, 2]] as const, pieces: [""] } : undefined;
  return {
    prompt,
    completion: "ab",
    spans: [[0, 1], [1, 2], ...end?.spans ?? []],
    pieces: ["a", "b", ...end?.pieces ?? []],
    ended,
    tokens: { ids: Int32Array.of(BOS, 7, 10, 11, ...end?.ids ?? []), promptLength: 2 },
  };
}

const asText: Telling = { closesEnded: true };
const tokenizer = { head: Int32Array.of(BOS), opening: Int32Array.of(BOS) };
const idsTelling: IdsTelling = { tokenizer, vocabulary: 96, endsIn: (id) => id === END };
const asIds: Telling = { closesEnded: true, ids: idsTelling };

const ended = written("ended", { ended: true });
const cut = written("cut");

Deno.test("texts that the policy ended are closed, in a call of their own; what was cut off is not", () => {
  const calls = rewardCalls([cut, ended, cut], asText);
  assert.deepEqual(calls, [
    {
      places: [1],
      items: [{ prompt: "ended", completions: ["ab"], token_spans: [[[0, 1], [1, 2], [2, 2]]] }],
      close: "eos",
    },
    {
      places: [0, 2],
      items: Array(2).fill({ prompt: "cut", completions: ["ab"], token_spans: [[[0, 1], [1, 2]]] }),
      close: undefined,
    },
  ]);
});

Deno.test("without ends, or where all texts are closed, one call tells everything", () => {
  for (const close of [undefined, "eos"] as const) {
    const calls = rewardCalls([cut, ended], { close, closesEnded: false });
    assert.deepEqual(calls.map(({ places, close }) => [places, close]), [[[0, 1], close]]);
  }
});

Deno.test("ids are told as the policy chose them, its end among them", () => {
  assert.deepEqual(rewardCalls([ended, cut], asIds), [{
    places: [0, 1],
    items: [
      { prompt_ids: [BOS, 7], completion_ids: [[10, 11, END]] },
      { prompt_ids: [BOS, 7], completion_ids: [[10, 11]] },
    ],
    close: undefined,
  }]);
});

Deno.test("an end that is not to be told leaves its completion a text", () => {
  const [call, ...none] = rewardCalls([ended, cut], {
    closesEnded: false,
    ids: { ...idsTelling, endsIn: () => false },
  });
  assert.deepEqual(none, []);
  assert.deepEqual(call!.items.map((item) => "prompt" in item), [true, false]);
});

const messages = [{ role: "user", content: "Hi" }];

/** What is told as text even where ids may be told. */
const texts: Readonly<Record<string, CompletionText>> = {
  "a conversation, whose template closes its turns itself": { ...ended, given: { messages } },
  "a text before a stop text": { ...ended, tokens: undefined },
  "a token that the model has no embedding for": {
    ...ended,
    tokens: { ids: Int32Array.of(BOS, 7, 96, 11, END), promptLength: 2 },
  },
};

for (const [what, text] of Object.entries(texts)) {
  Deno.test(`told as text: ${what}`, () => {
    const [call] = rewardCalls([text], asIds);
    const { completions } = call!.items[0] as { completions?: string[] };
    assert.deepEqual(completions, ["ab"]);
    assert.equal(call!.close, text.given === undefined ? "eos" : undefined);
  });
}

/** The prompt's ids as they are told, of a policy's prompt. */
function promptIds(
  policys: readonly number[],
  { head = [], opening = [], isMarked = false }: {
    head?: readonly number[];
    opening?: readonly number[];
    isMarked?: boolean;
  },
): readonly number[] | undefined {
  const ids: IdsTelling = {
    ...idsTelling,
    tokenizer: { head: Int32Array.from(head), opening: Int32Array.from(opening) },
  };
  const tokens = { ids: Int32Array.from([...policys, 10]), promptLength: policys.length };
  const given = isMarked ? { given: { prompt: "marked" } } : {};
  const [call] = rewardCalls([{ ...cut, tokens, ...given }], { closesEnded: true, ids });
  return (call!.items[0] as { prompt_ids?: number[] }).prompt_ids;
}

Deno.test("a prompt begins as its text would, whatever the policy begins with", () => {
  assert.deepEqual(promptIds([BOS, 7], { head: [BOS], opening: [BOS] }), [BOS, 7]);
  assert.deepEqual(promptIds([7], { head: [BOS], opening: [BOS] }), [BOS, 7]);
  // A tokenizer that puts nothing before a text: the policy's own beginning is not of the text.
  assert.deepEqual(promptIds([END, 7], { opening: [END] }), [7]);
  assert.deepEqual(promptIds([END], { opening: [END] }), []);
  assert.deepEqual(promptIds([END, 7], { opening: [END], isMarked: true }), [END, 7]);
  assert.deepEqual(promptIds([7], { opening: [END] }), [7]);
});
