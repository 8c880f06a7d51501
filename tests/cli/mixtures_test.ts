import assert from "node:assert/strict";
import { mixtureChoices, serveMixture } from "../../src/cli/mixtures.ts";
import { Batcher } from "../../src/batch/batcher.ts";
import { fakeModel } from "../support/fake_model.ts";

const models = ["help", "safe", "c:1"];

Deno.test("mixtures are names with weighed models, several with semicolons", () => {
  assert.deepEqual(mixtureChoices("both=help:0.7, safe:-3e-1 ; less=c:1:+.5;", models), [
    { name: "both", members: [{ name: "help", weight: 0.7 }, { name: "safe", weight: -0.3 }] },
    { name: "less", members: [{ name: "c:1", weight: 0.5 }] },
  ]);
  assert.deepEqual(mixtureChoices(undefined, models), []);
});

Deno.test("what is no mixture of the models is refused with what was received", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["both", "it must be NAME=MODEL:WEIGHT,MODEL:WEIGHT: received 'both'"],
    ["a b=help:1", "it must be NAME=MODEL:WEIGHT,MODEL:WEIGHT: received 'a b=help:1'"],
    ["both=help", "a member must be MODEL:WEIGHT: received 'help'"],
    ["both=hlp:1", "there is no such model (there are help, safe, c:1): received 'hlp:1'"],
    ["help=safe:1", "the name 'help' is taken: received 'help=safe:1'"],
    ["a=safe:1;a=help:1", "the name 'a' is taken: received 'a=help:1'"],
    ["a=safe:1,safe:2", "'safe' is given twice: received 'a=safe:1,safe:2'"],
    ...["0", "-0", "NaN", "Infinity", "1e7", "1e999", "", "1_0", "0x1"].map((weight) =>
      [
        `a=safe:${weight}`,
        "a weight must be a number that is not 0, of at most 1000000 either way: " +
        `received 'safe:${weight}'`,
      ] as const
    ),
  ];
  for (const [mix, message] of refused) {
    assert.throws(() => mixtureChoices(mix, models), {
      kind: "bad_usage",
      message: `Cannot use --mix (or ABACUS_MIX) as ${message}`,
    });
  }
  const many = Array.from({ length: 257 }, (_, i) => `m${i}=help:1`).join(";");
  assert.throws(() => mixtureChoices(many, models), /at most 256: received 257 mixtures/);
  const names = Array.from({ length: 65 }, (_, i) => `n${i}`);
  const wide = `a=${names.map((name) => `${name}:1`).join(",")}`;
  assert.throws(() => mixtureChoices(wide, names), /at most 64 members: received 65/);
});

Deno.test("a mixture is served over its loaded members, and its end closes none of them", async () => {
  const loaded = (name: string) => {
    const model = fakeModel({ name });
    return { model, batcher: new Batcher(model.engine) };
  };
  const [choice] = mixtureChoices("both=help:0.7,safe:0.3", models);
  const { model, scorer } = serveMixture(choice!, loaded);
  await model[Symbol.asyncDispose]();
  assert.equal(scorer.facts.scoreRule, "0.7 help + 0.3 safe");
  const { completions } = await scorer.score({
    samples: [{ kind: "plain", prompt: "The film", completion: " was good" }],
    credit: { beta: 0.8 },
    truncation: "none",
  });
  assert.deepEqual(completions[0]!.members?.map(({ name }) => name), ["help", "safe"]);
});
