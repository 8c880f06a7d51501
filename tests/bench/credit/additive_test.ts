import assert from "node:assert/strict";
import { seeded } from "../seeded.ts";
import { additiveText, wordWeights, writeAdditiveModel } from "./additive.ts";
import { openSubject } from "./subject.ts";

Deno.test("the model's score is the sum of its words' weights, and red says what each is worth", async () => {
  const weights = wordWeights(40, 1);
  const directory = await Deno.makeTempDir();
  try {
    await writeAdditiveModel(directory, weights);
    await using subject = await openSubject(directory);
    const random = seeded(2);
    const texts = Array.from({ length: 8 }, () => additiveText(weights, { sentences: 4, random }));
    const { completions } = await subject.credit(texts.map(({ text }) => text), {
      method: "red",
      beta: 1,
    });
    for (const [i, { score, rewards }] of completions.entries()) {
      const { worths } = texts[i]!;
      const sum = worths.reduce((total, each) => total + each, 0);
      assert.ok(Math.abs(score - sum) < 5e-3, `${score} and ${sum}`);
      assert.equal(rewards.length, worths.length);
      for (const [t, worth] of worths.entries()) assert.ok(Math.abs(rewards[t]! - worth) < 5e-3);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
