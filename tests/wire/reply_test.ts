import assert from "node:assert/strict";
import { completionReplySchema, rewardReplySchema } from "../../src/wire/reply.ts";

const [example] = rewardReplySchema().meta()?.examples as Record<string, unknown>[];

Deno.test("the example is a reply, and keeps the sum law", () => {
  const reply = rewardReplySchema().parse(example);
  for (const { score, rewards, credit } of reply.items.flatMap((item) => item.completions)) {
    assert.ok(Array.isArray(rewards) && Array.isArray(credit));
    assert.equal(rewards.reduce((sum, reward) => sum + reward, 0), score);
    assert.equal(credit.reduce((sum, share) => sum + share, 0), 1);
  }
});

Deno.test("an older client reads a newer server's reply, without the keys it does not know", () => {
  const newer = { ...example, colour: "blue" };
  assert.deepEqual(rewardReplySchema().parse(newer), example);
});

Deno.test("a completion may have arrays in base64, and leave out what its method has not", () => {
  const sparse = { score: -1, rewards: "AACAvw==", truncated: false };
  assert.deepEqual(completionReplySchema().parse(sparse), sparse);
});

Deno.test("a reply with a number that JSON cannot say is none", () => {
  assert.throws(() => completionReplySchema().parse({ score: NaN, rewards: [], truncated: false }));
  assert.throws(() =>
    completionReplySchema().parse({ score: 1, rewards: [null], truncated: false })
  );
});
