import assert from "node:assert/strict";
import { modelChoices } from "../../src/cli/model_choices.ts";
import { settingsSchema } from "../../src/settings.ts";

/** The choices of a command line without other flags. */
function choices(given: Record<string, string>) {
  return modelChoices(settingsSchema.parse(given));
}

/** Each model's directory and name. */
function named(model: string, name?: string) {
  return choices({ model, ...(name === undefined ? {} : { name }) })
    .map(({ directory, name }) => [directory, name]);
}

Deno.test("models are directories, each with a name or named after its last part", () => {
  assert.deepEqual(named("models/a"), [["models/a", "a"]]);
  assert.deepEqual(named("models/a", "judge"), [["models/a", "judge"]]);
  assert.deepEqual(named("small=models/a, models/b/,c.1=owner/c"), [
    ["models/a", "small"],
    ["models/b/", "b"],
    ["owner/c", "c.1"],
  ]);
  // What stands before = is a name only where it can be one.
  assert.deepEqual(named("./a=b"), [["./a=b", "a=b"]]);
});

Deno.test("--architecture and --head are for one model, and --set gives them to one of several", () => {
  const given = [["architecture", "CLASS", "LlamaForSequenceClassification"], [
    "head",
    "HEAD",
    "value",
  ]] as const;
  for (const [flag, placeholder, value] of given) {
    assert.equal(choices({ model: "a", [flag]: value })[0]?.settings[flag], value);
    assert.throws(() => choices({ model: "a,b", [flag]: value }), {
      kind: "bad_usage",
      message:
        `Cannot use --${flag} as it is for one model (--set NAME.${flag}=${placeholder} gives ` +
        "it to one of several): received --model a,b",
    });
    const [a, b] = choices({ model: "a,b", set: `b.${flag}=${value}` });
    assert.deepEqual([a?.settings[flag], b?.settings[flag]], [undefined, value]);
  }
});

Deno.test("--name is for one model that has no name yet", () => {
  for (const model of ["a,b", "small=a"]) {
    assert.throws(() => named(model, "judge"), {
      kind: "bad_usage",
      message:
        "Cannot use --name as it is for one model given as DIR (--model NAME=DIR names one of " +
        `several): received --model ${model}`,
    });
  }
});

Deno.test("a model has its own settings before those of all", () => {
  const set = "b.dtype=float32;b.score=good=1,bad=-1;b.max-batch-tokens=7";
  const [a, b] = choices({ model: "a,b", dtype: "float16", pair: "true", set });
  const read = (choice: typeof a) => {
    const { dtype, score, pair, maxBatchTokens } = choice!.settings;
    return { dtype, score, pair, maxBatchTokens };
  };
  assert.deepEqual(read(a), {
    dtype: "float16",
    score: undefined,
    pair: true,
    maxBatchTokens: 16_384,
  });
  assert.deepEqual(read(b), {
    dtype: "float32",
    score: "good=1,bad=-1",
    pair: true,
    maxBatchTokens: 7,
  });
});
