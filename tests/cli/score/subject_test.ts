import assert from "node:assert/strict";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import {
  openSubject,
  subjectChoice,
  subjectFingerprint,
  type SubjectSettings,
} from "../../../src/cli/score/subject.ts";
import { AbacusError } from "../../../src/errors.ts";
import type { ScoreSample } from "../../../src/scorer/scored.ts";
import { goldenDirectory } from "../../support/golden_model.ts";
import { abacus } from "../command_line.ts";
import { modelSettings } from "../model_settings.ts";
import { temporary } from "../temporary.ts";

const settings: SubjectSettings = {
  model: `help=${goldenDirectory("gpt2")},safe=${goldenDirectory("bert")}`,
  ...modelSettings,
};

const mix = "both=help:0.7,safe:-0.3";
const plain = (prompt: string, completion: string): ScoreSample => ({
  kind: "plain",
  prompt,
  completion,
});
const request = {
  samples: [plain("The film", " was good, and long."), plain("The film", " bad. Very.")],
  credit: { method: "occlusion", beta: 0.8 },
  truncation: "none",
} as const;

Deno.test("one model scores, or one mixture", () => {
  assert.equal(subjectChoice({ ...settings, mix }).mixture?.name, "both");
  for (const wrong of [settings, { ...settings, mix: `${mix};again=help:1` }]) {
    assert.throws(() => subjectChoice(wrong), {
      kind: "bad_usage",
      message:
        /^Cannot score rows as one model or one mixture must do it .*: received 2 models and/,
    });
  }
});

Deno.test("a mixture over rows is the weighted sum of what its members say alone", async () => {
  await using both = await openSubject(subjectChoice({ ...settings, mix }));
  assert.deepEqual(both.facts.map(({ name }) => name), ["help", "safe", "both"]);
  const { completions } = await both.scorer().score(request);
  const alone = await Promise.all(["gpt2", "bert"].map(async (name) => {
    await using one = await openSubject(
      subjectChoice({ ...settings, model: goldenDirectory(name) }),
    );
    return (await one.scorer().score(request)).completions.map(({ score }) => score);
  }));
  completions.forEach(({ score, rewards, offset = 0 }, i) => {
    const expected = 0.7 * alone[0]![i]! - 0.3 * alone[1]![i]!;
    assert.ok(Math.abs(score - expected) < 1e-5, `${score} is not ${expected}`);
    assert.ok(Math.abs(rewards.reduce((sum, each) => sum + each, offset) - score) < 1e-5);
  });
});

Deno.test("a completion that plans more credit than it may fails alone", async () => {
  const choice = { ...settings, model: goldenDirectory("gpt2"), maxCreditTokens: 12 };
  await using subject = await openSubject(subjectChoice(choice));
  const [short, long] = [plain("", "A."), plain("", "A good one. A bad one. A long one. The end.")];
  const { completions: [first, second, third] } = await subject.scorer().scoreEach({
    ...request,
    samples: [short, long, short],
  });
  assert.ok(!(first instanceof Error) && !(third instanceof Error));
  assert.ok(second instanceof AbacusError);
  assert.deepEqual([second.kind, second.path], ["too_large", "credit.method"]);
  assert.match(
    second.message,
    /as one completion may plan at most 12 tokens \(--max-credit-tokens\): received at least \d+$/,
  );
});

Deno.test("every member's files are in the fingerprint, and a single model has its own alone", async () => {
  const of = (more: Partial<SubjectSettings>) =>
    subjectFingerprint(subjectChoice({ ...settings, ...more }));
  const alone = await of({ model: goldenDirectory("gpt2") });
  assert.match(alone, /^[0-9a-f]{16}$/);
  const other = await of({ model: goldenDirectory("bert") });
  assert.equal(await of({ mix }), `help ${alone}, safe ${other}`);
});

for (const format of ["jsonl", "parquet"]) {
  Deno.test(`score --mix writes rows as ${format}, each with its members' own scores`, async () => {
    const input = join(temporary(), "in.jsonl");
    const row = { prompt: "The film", chosen: " was good.", rejected: " was bad." };
    Deno.writeTextFileSync(input, `${JSON.stringify(row)}\n`);
    const output = join(temporary(), `out.${format}`);
    const models = settings.model.split(",").map((each) => `--model=${each}`);
    const flags = [...models, `--mix=${mix}`, "--device=cpu", "--threads=1"];
    const { code, notes } = await abacus(["score", input, output, ...flags]);
    assert.equal(code, 0, notes.join("\n"));
    assert.match(notes.join("\n"), /both \(mixture: 0\.7 help - 0\.3 safe\)/);
    const [scored] = await rowsOf(output);
    const [help, safe] = scored.chosen_members;
    assert.deepEqual([help.id, safe.id], ["help", "safe"]);
    assert.ok(Math.abs(0.7 * help.score - 0.3 * safe.score - scored.chosen_score) < 1e-5);
  });
}

// deno-lint-ignore no-explicit-any
async function rowsOf(path: string): Promise<any[]> {
  if (path.endsWith(".jsonl")) return [JSON.parse(Deno.readTextFileSync(path))];
  return await parquetReadObjects({ file: await asyncBufferFromFile(path) });
}
