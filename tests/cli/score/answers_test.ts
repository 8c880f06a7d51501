import assert from "node:assert/strict";
import fc from "fast-check";
import { answersOf, draftOf, draftsOfTexts } from "../../../src/cli/score/answers.ts";
import { placeIn } from "../../../src/cli/score/places.ts";
import { messagesOnly } from "../../../src/cli/score/prompts.ts";
import { answerText, openai, turnsOf } from "../../../src/cli/score/turns.ts";
import { valueOf } from "../../../src/cli/score/values.ts";
import { rowOf } from "./rows.ts";

const user = { role: "user", content: "hi" };
const said = { role: "assistant", content: "b" };

Deno.test("a list of texts or of conversations holds several answers, one of messages a single one", () => {
  const several = (value: unknown) => answersOf(value, "c").several;
  assert.deepEqual([["x"], [[said]], "x", [said], said].map(several), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("two texts are split where they begin to differ, and are whole together", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (prompt, good, bad) => {
    const texts = [prompt + good, prompt + bad] as const;
    const drafts = draftsOfTexts({ text: texts[0], place: "c" }, { text: texts[1], place: "r" });
    for (const [i, { prompt, completion }] of drafts.entries()) {
      assert.ok(prompt.kind === "text" && prompt === drafts[0]?.prompt);
      assert.equal(prompt.text + completion, texts[i]);
    }
  }));
  const split = (good: string, bad: string) =>
    draftsOfTexts({ text: good, place: "c" }, { text: bad, place: "r" }).map((each) =>
      each.completion
    );
  assert.deepEqual(split("Q: a A: b", "Q: a A: c"), [" b", " c"]);
  assert.deepEqual(split("ab", "abc"), ["", "c"]);
  assert.deepEqual(split("a\u{1f600}", "a\u{1f601}"), ["\u{1f600}", "\u{1f601}"]);
});

Deno.test("the answer of a conversation is its last turn, with its place", () => {
  const [answer] = answersOf([user, said], "messages").answers;
  assert.ok(answer !== undefined);
  const draft = draftOf(undefined, answer);
  assert.deepEqual([draft.completion, draft.place], ["b", "messages[1].content"]);
  assert.throws(() => draftOf(undefined, { turns: [], place: "c" }), /c must hold an answer/);
});

Deno.test("turns keep their other keys, and an answer may have none that says anything", () => {
  const [turn] = turnsOf([{ from: "gpt", value: "b", name: null, weight: 0 }], "c");
  assert.ok(turn !== undefined);
  assert.deepEqual(turn.message, { role: "assistant", content: "b", name: null, weight: 0 });
  assert.equal(answerText(turn), "b");
  const [thinking] = turnsOf({ ...said, reasoning_content: "because" }, "c");
  assert.ok(thinking !== undefined && thinking.names === openai);
  assert.throws(() => answerText(thinking), /c.reasoning_content must be absent/);
});

Deno.test("the place of any part of an item is that in the row", () => {
  const row = rowOf({ messages: [user], completion: "x" });
  const draft = draftOf(messagesOnly(row), {
    text: valueOf(row, "completion"),
    place: "completion",
  });
  const places: Record<string, string> = {
    "messages": "messages",
    "messages[0].content[1].text": "messages[0].content[1].text",
    "messages[0].tool_calls[2]": "messages[0].tool_calls[2]",
    "completions": "completion",
    "completions[0]": "completion",
    "token_spans[0][3]": "token_spans[3]",
    "other": "other",
  };
  for (const [path, place] of Object.entries(places)) {
    assert.equal(placeIn(path, { form: "one", drafts: [draft] }), place, path);
  }
});
