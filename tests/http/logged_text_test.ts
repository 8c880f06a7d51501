import assert from "node:assert/strict";
import { loggedText } from "../../src/http/logged_text.ts";

Deno.test("of each text the end of the prompt and the beginning of the completion are logged", () => {
  const long = { kind: "plain", prompt: `a${"b".repeat(500)}`, completion: `${"c".repeat(500)}d` };
  assert.deepEqual(loggedText([long as never]), [
    { prompt: `…${"b".repeat(500)}`, completion: `${"c".repeat(500)}…` },
  ]);
});

Deno.test("of a conversation the last message is logged, and of ids nothing", () => {
  const messages = [{ role: "system", content: "be kind" }, { role: "user", content: "hello" }];
  const chat = { kind: "chat", messages, completion: "hi" } as const;
  const ids = { kind: "ids", promptIds: [1], completionIds: [2] } as const;
  assert.deepEqual(loggedText([ids, chat]), [{ prompt: "hello", completion: "hi" }]);
});

Deno.test("four texts are logged of any number", () => {
  const sample = { kind: "plain", prompt: "a", completion: "b" } as const;
  assert.equal(loggedText(Array.from({ length: 9 }, () => sample)).length, 4);
});
