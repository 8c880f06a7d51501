import assert from "node:assert/strict";
import type { Architecture } from "../../src/architectures/architecture.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { stepRuleOf, type StepSettings } from "../../src/model/step_settings.ts";
import { stepRuleText } from "../../src/text/step_rule.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { stepsDirectory } from "../support/golden_steps.ts";

const directory = stepsDirectory("trl-qwen2");
const { architecture } = await readBlueprint(directory);
const at = (settings: StepSettings, of: Architecture = architecture) =>
  stepRuleOf(of, settings, directory);

Deno.test("what TRL makes is read at a line break of its own behind every line", async () => {
  const { mark, ...rule } = await at({}) ?? {};
  assert.deepEqual(rule, { at: "line" });
  assert.equal(mark?.text, "\n");
  assert.ok(mark?.alone && mark.place === "instead" && mark.ids.length === 1);
  assert.deepEqual((await at({ stepAt: "paragraph" }))?.mark?.text, "\n\n");
});

Deno.test("a separator may be several tokens, of which the last is read", async () => {
  const mistral = stepsDirectory("trl-mistral");
  const { architecture } = await readBlueprint(mistral);
  assert.equal((await stepRuleOf(architecture, {}, mistral))?.mark?.ids.length, 2);
});

Deno.test("a token that ends steps is the mark they are read at, by its text or its id", async () => {
  const rule = await at({ stepAt: "<extra_0>" });
  assert.equal(rule?.at, "mark");
  const { ids: [id = 0] = [], text, alone } = rule?.mark ?? {};
  assert.deepEqual([text, alone], ["<extra_0>", false]);
  assert.deepEqual(await at({ stepAt: String(id) }), rule);
  const marked = await at({ stepMark: "<extra_0>" });
  assert.deepEqual([marked?.at, marked?.mark], ["line", rule?.mark]);
  assert.deepEqual(await at({ stepMark: "none" }), { at: "line" });
});

Deno.test("every token may be a step, read at itself", async () => {
  assert.deepEqual(await at({ stepAt: "every-token" }), { at: "every-token" });
  const rule = await at({ stepAt: "every-token", stepMark: "none" });
  assert.equal(stepRuleText(rule!), "every token is a step, read at itself");
});

for (
  const [settings, message] of [
    [
      { stepAt: "every-token", stepMark: "<extra_0>" },
      /read at itself: received --step-mark <extra_0>$/,
    ],
    [{ stepAt: "<extra_9>" }, /no such token: received --step-at <extra_9>$/],
    [{ stepMark: "99999" }, /ids go from 0 to \d+: received --step-mark 99999$/],
    [{ stepAt: "<extra_0>", stepMark: "none" }, /are read at it: received --step-mark none$/],
    [{ stepAt: "<extra_0>", stepMark: "separator" }, /is no separator of a text/],
  ] as const
) {
  Deno.test(`${JSON.stringify(settings)} is refused`, async () => {
    await assert.rejects(at(settings), { kind: "bad_usage", message });
  });
}

Deno.test("a model that scores whole completions takes no settings of steps", async () => {
  const { architecture } = await readBlueprint(goldenDirectory("llama"));
  assert.equal(await at({}, architecture), undefined);
  await assert.rejects(at({ stepAt: "line" }, architecture), {
    kind: "bad_usage",
    message: /LlamaForSequenceClassification scores whole completions: received --step-at line$/,
  });
});
