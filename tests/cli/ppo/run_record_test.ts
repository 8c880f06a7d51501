import assert from "node:assert/strict";
import { join } from "node:path";
import { firstDifference } from "../../../src/cli/ppo/run_directory.ts";
import { contents, notAlwaysKnown, runRecord } from "../../../src/cli/ppo/run_record.ts";
import { trainingFlags } from "../../../src/cli/ppo/training.ts";
import type { RunRecord } from "../../../src/ppo/run/run_files.ts";
import { settingsSchema } from "../../../src/settings.ts";
import { policyDirectory } from "../../ppo/golden_policy.ts";
import { goldenDirectory } from "../../support/golden_model.ts";
import { temporary } from "../temporary.ts";

const settings = { ...settingsSchema.parse({}), model: goldenDirectory("llama") };
const policy = { name: "llama", directory: policyDirectory("llama") };

const recordOf = (changes: Partial<typeof settings> = {}, directory = policy.directory) =>
  runRecord({ ...settings, ...changes }, { policy: { ...policy, directory }, reward: "judge" });

/** A copy of the policy's directory whose config.json has one more space. */
async function almostThePolicy(): Promise<string> {
  const directory = join(temporary(), "llama");
  await Deno.mkdir(directory);
  for await (const { name, isFile } of Deno.readDir(policy.directory)) {
    if (isFile) await Deno.copyFile(join(policy.directory, name), join(directory, name));
  }
  await Deno.writeTextFile(join(directory, "config.json"), " ", { append: true });
  return directory;
}

Deno.test("a record has every training flag and the names of the models, and is reproducible", async () => {
  const record = await recordOf();
  for (const name of trainingFlags) assert.equal(record.settings[name], settings[name], name);
  assert.equal(record.seed, settings.seed);
  assert.deepEqual(record.models, { policy: "llama", reward: "judge" });
  assert.deepEqual([record.settings["prompts"], record.settings["score"]], [null, null]);
  assert.deepEqual(record, await recordOf());
});

Deno.test("a record comes back from JSON as it was, without flags that have no value", async () => {
  const record = await recordOf();
  assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
  assert.ok(Object.values(record.settings).every((value) => value !== undefined));
});

Deno.test("another policy of the same name changes the record", async () => {
  const [record, other] = [await recordOf(), await recordOf({}, await almostThePolicy())];
  assert.notEqual(record.settings["policyContent"], other.settings["policyContent"]);
  assert.deepEqual({ ...record.settings, policyContent: 0 }, {
    ...other.settings,
    policyContent: 0,
  });
});

Deno.test("prompts are recorded by the name and the content of their file", async () => {
  const prompts = join(temporary(), "prompts.txt");
  const written = async (text: string) => {
    await Deno.writeTextFile(prompts, text);
    return (await recordOf({ prompts })).settings;
  };
  const [first, again, other] = [await written("a\n"), await written("a\n"), await written("b\n")];
  assert.equal(first["prompts"], prompts);
  assert.deepEqual(first, again);
  assert.notEqual(first["promptsContent"], other["promptsContent"]);
});

Deno.test("what is held out for evaluation is recorded, and not how often it is evaluated", async () => {
  const { settings: usual } = await recordOf({ evalEvery: 3, evalLimit: 7 });
  assert.deepEqual(usual, (await recordOf()).settings);
  assert.equal((await recordOf({ evalShare: 0.25 })).settings["evalShare"], 0.25);
  const evalPrompts = join(temporary(), "eval.txt");
  const content = async (text: string) => {
    await Deno.writeTextFile(evalPrompts, text);
    return (await recordOf({ evalPrompts })).settings["evalPromptsContent"];
  };
  assert.notEqual(await content("a\n"), await content("b\n"));
});

/** A record as versions wrote it that did not know some of its settings. */
function without(record: RunRecord, ...names: string[]): RunRecord {
  const settings = Object.entries(record.settings).filter(([name]) => !names.includes(name));
  return { ...record, settings: Object.fromEntries(settings) };
}

Deno.test("how many prompts an evaluation has is recorded, and a run that did not record it goes on", async () => {
  const [few, more] = [
    await recordOf({ evalShare: 0.25, evalLimit: 7 }),
    await recordOf({ evalShare: 0.25, evalLimit: 128 }),
  ];
  assert.deepEqual(firstDifference(few, more), { name: "--eval-limit", before: "7", now: "128" });
  assert.equal(firstDifference(without(few, "evalLimit"), more), undefined);
  const evalPrompts = join(temporary(), "eval.txt");
  await Deno.writeTextFile(evalPrompts, "a\n");
  assert.equal((await recordOf({ evalPrompts, evalLimit: 9 })).settings["evalLimit"], 9);
});

Deno.test("the precision and the graph of the trainer's own server are recorded, and once were the usual", async () => {
  const usual = await recordOf();
  const former = without(usual, "dtype", "onnx");
  const same = await recordOf({ dtype: "float32" });
  for (const now of [usual, same]) assert.equal(firstDifference(former, now), undefined);
  assert.equal(firstDifference(usual, same), undefined, "auto is float32 there");
  for (const before of [former, usual]) {
    assert.deepEqual(firstDifference(before, await recordOf({ dtype: "float16" })), {
      name: "--dtype",
      before: '"float32"',
      now: '"float16"',
    });
    assert.deepEqual(firstDifference(before, await recordOf({ onnx: true })), {
      name: "--onnx",
      before: "false",
      now: "true",
    });
  }
  const { settings: given } = await recordOf({ server: ["http://127.0.0.1:1"], dtype: "float16" });
  assert.ok(!("dtype" in given) && !("onnx" in given), "a given server does not tell them");
});

Deno.test("where scores are read and how texts are closed is recorded where it is not the usual", async () => {
  const { settings: usual } = await recordOf();
  assert.ok(!("poolAt" in usual) && !("appendEos" in usual));
  const { settings: set } = await recordOf({ poolAt: "eos", appendEos: true });
  assert.deepEqual([set["poolAt"], set["appendEos"]], ["eos", true]);
  const { settings: given } = await recordOf({ server: ["http://127.0.0.1:1"], appendEos: true });
  assert.deepEqual([given["poolAt"], given["appendEos"]], [undefined, true]);
});

Deno.test("the trainer's own server is recorded by its model's content and rule, another one by its name", async () => {
  const own = (await recordOf({ score: "good" })).settings;
  assert.equal(own["score"], "good");
  assert.equal(typeof own["modelContent"], "string");
  const named = (await recordOf({ server: ["http://127.0.0.1:1"], model: "/no/such" })).settings;
  assert.ok(!("modelContent" in named) && !("score" in named));
  for (const name of [...contents.keys(), "score"]) assert.ok(notAlwaysKnown.has(name), name);
});
