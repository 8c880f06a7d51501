import assert from "node:assert/strict";
import fc from "fast-check";
import { parseKeys, readKeyFile } from "../../src/http/key_file.ts";

const path = "keys.txt";

Deno.test("keys are read with their names, whichever of the two forms a line has", () => {
  const text = [
    "\ufeff# those who train",
    "trainer: sk-1",
    "",
    "  page\tsk:2#x  ",
    "eval.night_2 :sk-3\r",
  ].join("\n");
  assert.deepEqual(parseKeys(text, path), [
    { name: "trainer", key: "sk-1" },
    { name: "page", key: "sk:2#x" },
    { name: "eval.night_2", key: "sk-3" },
  ]);
});

const refused: readonly [name: string, text: string, reason: RegExp][] = [
  ["a key without a name", "a sk-0\nsk-secret", /line 2$/],
  ["a name without a key", "trainer:", /line 1$/],
  ["three words", "trainer sk-secret more", /line 1$/],
  ["a name with a slash", "a/b sk-secret", /line 1$/],
  ["a name of 65 letters", `${"n".repeat(65)} sk-secret`, /line 1$/],
  ["a key of 1,025 letters", `a ${"sk-secret".padEnd(1_025, "x")}`, /line 1$/],
  ["a key beyond ASCII", "a sk-secret\u00e9", /line 1$/],
  [
    "a name that stands twice",
    "a sk-1\n# b\na sk-secret",
    /its name stands in line 1 too.*line 3$/,
  ],
  ["a key that stands twice", "a sk-secret\nb sk-secret", /its key stands in line 1 too.*line 2$/],
  ["no line", "", /it has no key: received keys.txt$/],
  ["comments alone", "# a sk-secret\n\n", /it has no key/],
  [
    "too many keys",
    Array.from({ length: 1_001 }, (_, i) => `n${i} k${i}`).join("\n"),
    /more than 1000 keys/,
  ],
];

for (const [name, text, reason] of refused) {
  Deno.test(`${name} is refused, by its line and without the key`, () => {
    assert.throws(() => parseKeys(text, path), (error: Error & { kind?: string }) => {
      assert.match(error.message, /^Cannot read the keys as .+: received keys\.txt/);
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /secret/);
      return error.kind === "bad_usage";
    });
  });
}

Deno.test("whatever is in a file, it is keys with names of their own or an error of its own kind", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), (one, two) => {
    try {
      const keys = parseKeys(`${one}\n${two}`, path);
      assert.equal(new Set(keys.map(({ name }) => name)).size, keys.length);
    } catch (error) {
      assert.equal((error as { kind?: string }).kind, "bad_usage");
    }
  }));
});

Deno.test("a file is read, and one that cannot be is named", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/keys`;
    await Deno.writeTextFile(file, "trainer sk-1\n");
    assert.deepEqual(await readKeyFile(file), [{ name: "trainer", key: "sk-1" }]);
    await Deno.writeTextFile(file, "#".repeat(1_000_001));
    for (const wrong of [file, directory, `${directory}/none`]) {
      await assert.rejects(readKeyFile(wrong), (error: Error & { kind?: string }) => {
        assert.equal(error.kind, "bad_usage");
        assert.ok(error.message.endsWith(`: received ${wrong}`), error.message);
        return true;
      });
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
