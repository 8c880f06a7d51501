import assert from "node:assert/strict";
import { catalogue } from "./catalogue.ts";
import { messagesIn, messagesOf } from "./messages.ts";
import { errorsPage, pagePath } from "./page.ts";

for (const { title, places, entries } of catalogue) {
  Deno.test(`${title}: every error of the source has its cause and remedy, and none is of the past`, async () => {
    const written = new Set((await messagesIn(places)).map(({ text }) => text));
    assert.deepEqual(
      [...entries.map(({ message }) => message)].toSorted(),
      [...written].toSorted(),
    );
    for (const { cause, remedy } of entries) {
      for (const sentence of [cause, remedy]) assert.match(sentence, /^.{10,}[.)]$/);
    }
  });
}

Deno.test("no file of loading, of rows or of serving has messages that no section covers", async () => {
  const loading = ["model", "architectures", "weights", "text", "credit", "scorer", "cli/score"];
  const folders = [...loading, "batch", "http", "wire"];
  const places = catalogue.flatMap((section) => section.places);
  const covered = (file: string) =>
    places.some((place) => file === place || file.startsWith(`${place}/`));
  const files = new Set((await messagesIn(folders)).map(({ file }) => file));
  // `pull` downloads and loads nothing; its messages say what to do themselves. An example is no message.
  const own = files.values().filter((file) =>
    !file.startsWith("model/hub/") && file !== "wire/error.ts"
  );
  assert.deepEqual(own.filter((file) => !covered(file)).toArray(), []);
});

Deno.test("docs/errors.md is the page of the catalogue (deno run -A tests/errors/write.ts)", async () => {
  assert.equal(await Deno.readTextFile(pagePath), errorsPage());
});

Deno.test("messages are read from every way of writing them, and those of bugs are left out", () => {
  const source = [
    'new AbacusError("bad_model", "Cannot read as it is broken")',
    "badModel(`Cannot read ${a} of ${b.map((c) => `${c}}`)} as it is` + ` long: received ${d}`)",
    "refuse(`Cannot load as ` +\n  whyNot(path))",
    'new TypeError("Cannot happen")',
    '// "Cannot be a comment"',
  ].join("\n");
  assert.deepEqual(messagesOf(source), [
    "Cannot read as it is broken",
    "Cannot read … of … as it is long: received …",
    "Cannot load as …",
  ]);
});
