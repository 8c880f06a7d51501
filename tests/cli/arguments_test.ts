import assert from "node:assert/strict";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import { type Expected, readArguments } from "../../src/cli/arguments.ts";
import { helpOf, type SettingName } from "../../src/settings.ts";

const expected = {
  command: "serve",
  operands: [],
  settings: ["model", "port", "host", "tokens", "graph", "score"],
} as const satisfies Expected<SettingName>;

const copying = {
  ...expected,
  command: "score",
  operands: [{ name: "IN", help: "the rows" }, {
    name: "OUT",
    help: "the results",
    optional: true,
  }],
} as const;

function read(words: readonly string[], variables: Record<string, string> = {}) {
  return readArguments(expected, { words, variable: (name) => variables[name] }).settings;
}

function fails(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AbacusError);
    assert.equal(error.kind, "bad_usage");
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

Deno.test("a flag wins over its variable, and a variable over the default", () => {
  assert.equal(read([]).port, 8080);
  assert.equal(read([], { ABACUS_PORT: "81" }).port, 81);
  assert.equal(read(["--port", "82"], { ABACUS_PORT: "81" }).port, 82);
  assert.equal(read(["--port=82"], { ABACUS_PORT: "not read" }).port, 82);
});

Deno.test("an empty variable counts as not set", () => {
  assert.equal(read([], { ABACUS_HOST: "" }).host, "127.0.0.1");
});

Deno.test("switches are turned on by their name and off by no-", () => {
  assert.equal(read([]).tokens, true);
  assert.equal(read(["--no-tokens"]).tokens, false);
  assert.equal(read(["--tokens=false"]).tokens, false);
  assert.equal(read([], { ABACUS_TOKENS: "0" }).tokens, false);
  assert.equal(read(["--graph"]).graph, true);
});

Deno.test("only the settings that the command names are read", () => {
  const { settings } = readArguments(
    { ...expected, settings: ["port"] },
    { words: [], variable: () => "7" },
  );
  assert.deepEqual(settings, { port: 7 });
});

Deno.test("words that are no flags are operands, and everything behind -- is", () => {
  const given = { words: ["a.jsonl", "--port", "1", "--", "--b"], variable: () => undefined };
  assert.deepEqual(readArguments(copying, given).operands, ["a.jsonl", "--b"]);
});

Deno.test("what cannot be understood is refused, with what was expected and received", async (t) => {
  const cases: Record<string, [words: string[], message: RegExp]> = {
    "an unknown flag, with the nearest": [["--prot", "1"], /did you mean '--port'\?.*'--prot'/],
    "an unknown flag near none": [["--zzzzzzzz"], /'serve --help' lists them.*'--zzzzzzzz'/],
    "a short flag": [["-p", "1"], /no such flag.*'-p'/],
    "a flag of another command": [["--fresh"], /no such flag.*'--fresh'/],
    "a bad number": [
      ["--port", "x"],
      /--port as it must be an integer from 0 to 65535: received 'x'/,
    ],
    "an empty text": [["--host="], /--host as it must be some text: received ''/],
    "a flag without its value": [
      ["--port"],
      /--port as it must be followed by N: received nothing/,
    ],
    "a flag where a value belongs": [["--port", "--graph"], /followed by N: received '--graph'/],
    "a flag given twice": [["--port=1", "--port=2"], /given once: received it twice/],
    "a switch with a strange value": [["--graph=maybe"], /true or false: received 'maybe'/],
    "a negated switch with a value": [["--no-graph=true"], /given without a value/],
    "a negated flag": [["--no-port"], /written --port/],
    "an operand that nothing takes": [["here"], /takes no arguments: received 'here'/],
  };
  for (const [name, [words, message]] of Object.entries(cases)) {
    await t.step(name, () => assert.match(fails(() => read(words)), message));
  }
});

Deno.test("a flag that may be repeated joins its values as its variable has them", () => {
  const expected = {
    command: "serve",
    operands: [],
    settings: ["model", "set", "port"],
    repeatable: ["model", "set"],
  } as const;
  const modelOf = (words: string[], variables: Record<string, string> = {}) =>
    readArguments(expected, { words, variable: (name) => variables[name] }).settings.model;
  assert.equal(modelOf(["--model", "a=x", "--model=b=y"]), "a=x,b=y");
  assert.equal(modelOf([], { ABACUS_MODEL: "a=x,b=y" }), "a=x,b=y");
  assert.equal(modelOf(["--model=x"], { ABACUS_MODEL: "a=x,b=y" }), "x");
  const set = ["--set", "a.score=x=1,y=2", "--set=b.pair=true"];
  const { settings } = readArguments(expected, { words: set, variable: () => undefined });
  assert.equal(settings.set, "a.score=x=1,y=2;b.pair=true", "values of settings have commas");
  const words = ["--port=1", "--port=2"];
  assert.match(
    fails(() => readArguments(expected, { words, variable: () => undefined })),
    /given once/,
  );
});

Deno.test("a bad variable is named, not its flag", () => {
  assert.match(fails(() => read([], { ABACUS_PORT: "x" })), /^Cannot use ABACUS_PORT as .*'x'$/);
});

Deno.test("missing and superfluous operands are named", () => {
  const copy = (...words: string[]) =>
    readArguments(copying, { words, variable: () => undefined }).operands;
  assert.deepEqual(copy("in"), ["in"]);
  assert.match(
    fails(() => copy()),
    /IN is missing \('score --help' explains it\): received none/,
  );
  assert.match(fails(() => copy("a", "b", "c")), /takes at most 2: received 'a', 'b', 'c'/);
});

Deno.test("any text given as a flag's own value arrives as it is", () => {
  fc.assert(fc.property(fc.string({ minLength: 1 }).map((text) => `v${text}`.trim()), (text) => {
    assert.equal(read([`--host=${text}`]).host, text);
    assert.equal(read([], { ABACUS_HOST: text }).host, text);
  }));
});

Deno.test("no words make it fail other than with bad usage", () => {
  const flags = expected.settings.map((name) => helpOf(name).flag);
  const word = fc.oneof(fc.string(), fc.constantFrom(...flags, "--", "-", "--=", "--no-", "-1"));
  fc.assert(fc.property(fc.array(word, { maxLength: 5 }), (words) => {
    try {
      read(words);
    } catch (error) {
      assert.ok(error instanceof AbacusError && error.kind === "bad_usage", String(error));
    }
  }));
});
