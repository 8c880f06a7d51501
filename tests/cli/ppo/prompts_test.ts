import assert from "node:assert/strict";
import { join } from "node:path";
import { dividedPrompts, givenPrompts } from "../../../src/cli/ppo/prompts.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { settingsSchema } from "../../../src/settings.ts";
import { policyDirectory } from "../../ppo/golden_policy.ts";
import { temporary } from "../temporary.ts";

const notes: string[] = [];
const note = (line: string) => void notes.push(line);
const settings = settingsSchema.parse({});
const policy = await readPolicy(policyDirectory("llama"));

function file(name: string, text: string): string {
  const path = join(temporary(), name);
  Deno.writeTextFileSync(path, text);
  return path;
}

Deno.test("prompts of both files are encoded, and those of the evaluation are not trained on", async () => {
  const prompts = file("train.txt", "the film\na great\nwas the\n");
  const evalPrompts = file("eval.txt", "a great\nbad day\nit is\n");
  const flags = { ...settings, prompts, evalPrompts, evalLimit: 2, evalEvery: 5 };
  const given = await givenPrompts(flags, policy, note);
  const divided = dividedPrompts(given.prompts!, given.evaluation, flags);
  assert.deepEqual(divided.prompts, [given.prompts![0], given.prompts![2]]);
  assert.deepEqual(divided.evaluation, { prompts: given.evaluation!.slice(0, 2), every: 5 });
});

Deno.test("a share is held out, and without either flag nothing is", async () => {
  const prompts = file("train.txt", "the film\na great\nwas the\nit is\n");
  const given = (await givenPrompts({ ...settings, prompts }, policy, note)).prompts!;
  assert.deepEqual(dividedPrompts(given, undefined, settings), { prompts: given });
  const { prompts: trained, evaluation } = dividedPrompts(given, undefined, {
    ...settings,
    evalShare: 0.5,
  });
  assert.deepEqual([trained.length, evaluation?.prompts.length], [2, 2]);
});

Deno.test("two sets to evaluate on are refused, and a prompt at fault is named by its file", async () => {
  const evalPrompts = file("eval.txt", `the\n${"the film ".repeat(40)}`);
  await assert.rejects(givenPrompts({ ...settings, evalPrompts, evalShare: 0.1 }, policy, note), {
    kind: "bad_usage",
    message: /--eval-prompts and --eval-share each name one: received .*eval\.txt and 0\.1$/,
  });
  const refusing = { ...settings, evalPrompts, longPrompts: "refuse" } as const;
  await assert.rejects(givenPrompts(refusing, policy, note), {
    kind: "bad_usage",
    message: /^Cannot use evaluation prompt 2 as the policy's context of 64 /,
  });
});

Deno.test("long prompts are skipped with a note, or cut", async () => {
  const prompts = file("long.txt", `the film\n${"the film ".repeat(40)}\nit is\n`);
  notes.length = 0;
  const skipped = await givenPrompts({ ...settings, prompts }, policy, note);
  assert.equal(skipped.prompts!.length, 2);
  assert.deepEqual(notes, [`1 of 3 prompts of ${prompts} are too long, and skipped`]);
  const cut = await givenPrompts({ ...settings, prompts, longPrompts: "cut" }, policy, note);
  const { maxNewTokens } = settings;
  assert.deepEqual(
    cut.prompts!.map(({ ids }) => ids.length).toSorted((a, b) => b - a)[0],
    64 - maxNewTokens,
  );
  assert.equal(notes.length, 1);
});
