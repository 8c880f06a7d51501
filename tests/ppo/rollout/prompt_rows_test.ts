import assert from "node:assert/strict";
import { readPromptRow } from "../../../src/ppo/rollout/prompt_rows.ts";

const user = { role: "user", content: "Hi" };

Deno.test("a row is a text or a conversation, whose keys that are null count as absent", () => {
  assert.equal(readPromptRow('{"prompt": "a", "messages": null}', "x"), "a");
  assert.equal(readPromptRow('{"text": "b"}', "x"), "b");
  for (const name of ["prompt", "messages"]) {
    const line = JSON.stringify({ [name]: [{ ...user, name: null, weight: 1 }] });
    assert.deepEqual(readPromptRow(line, "x"), [{ ...user, weight: 1 }]);
  }
});

Deno.test("a row without a prompt, or with messages that leave nothing to write, names its place", () => {
  const refusals: [string, RegExp][] = [
    ["nothing", /the text "prompt": received file, line 2$/],
    ['{"prompt": 1}', /the text "prompt": received file, line 2$/],
    ['{"messages": []}', /messages must be objects with .*: received file, line 2$/],
    [
      '{"messages": [{"content": "Hi"}]}',
      /messages must be objects with .*: received file, line 2$/,
    ],
    [
      JSON.stringify({ messages: [user, { role: "assistant", content: "Ho" }] }),
      /must end before the assistant's turn, .*: received file, line 2$/,
    ],
  ];
  for (const [line, message] of refusals) {
    assert.throws(() => readPromptRow(line, "file, line 2"), { kind: "bad_usage", message });
  }
});
