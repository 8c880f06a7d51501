import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { helpOf, type SettingName, settingsSchema } from "../src/settings.ts";

const names = Object.keys(settingsSchema.shape) as SettingName[];

function read(name: SettingName, text: string | undefined): unknown {
  return settingsSchema.shape[name].safeParse(text);
}

function expectation(name: SettingName, text: string): string | undefined {
  return settingsSchema.shape[name].safeParse(text).error?.issues[0]?.message;
}

Deno.test("every setting has a sentence of help, a flag and a variable of its own", () => {
  const helps = names.map(helpOf);
  for (const { description } of helps) assert.match(description, /^\S.*[^.]$/);
  assert.equal(new Set(helps.map(({ flag }) => flag)).size, names.length);
  assert.equal(new Set(helps.map(({ variable }) => variable)).size, names.length);
});

Deno.test("flags and variables follow from the key", () => {
  const { flag, variable } = helpOf("maxBatchTokens");
  assert.deepEqual([flag, variable], ["--max-batch-tokens", "ABACUS_MAX_BATCH_TOKENS"]);
});

Deno.test("every setting accepts being left out", () => {
  for (const name of names) {
    assert.ok(settingsSchema.shape[name].safeParse(undefined).success, name);
  }
});

Deno.test("a setting that takes no value is a switch that defaults to on or off, or to what the help says", () => {
  for (const name of names.filter((each) => helpOf(each).toggle)) {
    const standard = helpOf(name).unset === undefined ? "boolean" : "undefined";
    assert.equal(typeof settingsSchema.shape[name].parse(undefined), standard, name);
    assert.equal(settingsSchema.shape[name].parse("off"), false, name);
    assert.equal(settingsSchema.shape[name].parse("true"), true, name);
  }
});

Deno.test("the help shows the default the server really has", () => {
  for (const name of names) {
    const { fallback, unset } = helpOf(name);
    const value = settingsSchema.shape[name].parse(undefined);
    if (unset !== undefined) assert.equal(fallback, unset);
    else if (value === true) assert.equal(fallback, "on");
    else assert.equal(fallback, value === false ? undefined : String(value), name);
  }
});

Deno.test("the default model is found from the program, not from where it was started", () => {
  const model = settingsSchema.shape.model.parse(undefined);
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  assert.ok(isAbsolute(model));
  assert.equal(model, join(root, "models", "movie-reward"));
  assert.ok(existsSync(dirname(model)));
});

Deno.test("numbers are read whole or not at all", () => {
  for (const text of ["8080x", "1e3", "0x10", "-1", "1.5", "65536", "", " ", "NaN", "Infinity"]) {
    assert.equal(expectation("port", text), "an integer from 0 to 65535", `'${text}'`);
  }
  assert.deepEqual(read("port", " 65535 "), { success: true, data: 65535 });
  for (const text of ["1.01", "-0.5", "NaN", "0,5", ".", "one"]) {
    assert.equal(expectation("beta", text), "a number from 0 to 1", `'${text}'`);
  }
  for (const [text, value] of [[".5", 0.5], ["1", 1], ["0.", 0], ["1e-3", 0.001]] as const) {
    assert.deepEqual(read("beta", text), { success: true, data: value });
  }
});

Deno.test("number types are those that a graph can be written in", () => {
  for (const text of ["int4", "half"]) {
    assert.equal(expectation("dtype", text), "one of auto, float32, float16, bfloat16, int8");
  }
  assert.deepEqual(read("dtype", "float16"), { success: true, data: "float16" });
});
