import assert from "node:assert/strict";
import { fittingPrompt } from "../../../src/ppo/rollout/long_prompts.ts";

const ids = Int32Array.of(1, 10, 11, 12, 13, 14);
const room = { context: 8, max: 4, opening: Int32Array.of(1) };

Deno.test("a prompt that has room stays as it is, whatever is chosen", () => {
  const prompt = { ids: ids.subarray(0, 4), given: { prompt: "a" } };
  for (const long of ["skip", "cut", "refuse"] as const) {
    assert.equal(fittingPrompt(prompt, { ...room, long }, "prompt 1"), prompt);
  }
});

Deno.test("a long prompt is skipped, or keeps its end and its BOS, or is refused", () => {
  const prompt = { ids };
  assert.equal(fittingPrompt(prompt, { ...room, long: "skip" }, "prompt 1"), undefined);
  const cut = { ...room, long: "cut" } as const;
  assert.deepEqual(fittingPrompt(prompt, cut, "prompt 1"), { ids: Int32Array.of(1, 12, 13, 14) });
  const bare = { ...cut, opening: Int32Array.of(2) };
  assert.deepEqual(fittingPrompt(prompt, bare, "prompt 1"), { ids: ids.slice(2) });
  assert.throws(() => fittingPrompt(prompt, room, "prompt 3"), {
    kind: "bad_usage",
    message: /^Cannot use prompt 3 as the policy's context of 8 .* 4: received 6 tokens$/,
  });
  const none = { ...cut, max: 7 };
  assert.throws(() => fittingPrompt(prompt, none, "prompt 3"), { kind: "bad_usage" });
});

Deno.test("of what was given, a conversation stays and a text goes with its beginning", () => {
  const cut = { ...room, long: "cut" } as const;
  const messages = [{ role: "user", content: "hello" }];
  assert.deepEqual(fittingPrompt({ ids, given: { messages } }, cut, "")!.given, { messages });
  assert.equal(fittingPrompt({ ids, given: { prompt: "<s>a" } }, cut, "")!.given, undefined);
});
