import assert from "node:assert/strict";
import { changePhases } from "../../experiment/second_comparisons.ts";
import { settingWords } from "../../experiment/setting_words.ts";
import { phases } from "../../experiment/plan.ts";

/** Flags whose names are the field's own words. */
const plain = new Set(["lambda", "gamma"]);

Deno.test("flags of the trainer are said in words", () => {
  assert.equal(
    settingWords("red, algorithm rloo, completions-per-prompt 4, credit-unit sentence"),
    "red, RLOO in groups of 4, per sentence",
  );
  assert.equal(
    settingWords("critic separate, value-coefficient 1"),
    "a critic of its own, value coefficient 1",
  );
});

Deno.test("a gamma of 1 is usual, and another one is said", () => {
  assert.equal(settingWords("lambda 1, gamma 1"), "lambda 1");
  assert.equal(settingWords("lambda 1, gamma 0.95"), "lambda 1, gamma 0.95");
});

Deno.test("no flag is left in a name of the phases that the answer speaks of", () => {
  for (const phase of [...changePhases, "critic-free", "reward-models"] as const) {
    const { arms, nameOf } = phases[phase];
    for (const arm of arms) {
      const said = settingWords(nameOf(arm));
      for (const [flag, value] of Object.entries(arm.flags ?? {})) {
        if (!plain.has(flag)) assert.ok(!said.includes(`${flag} ${value}`), said);
      }
    }
  }
});
