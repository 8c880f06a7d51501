import assert from "node:assert/strict";
import { join } from "node:path";
import { externalPlace } from "../../src/prebuilt/external_data.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

async function place(entries: Readonly<Record<string, string>>) {
  await using directory = await temporaryDirectory();
  await Deno.writeFile(join(directory.path, "data"), new Uint8Array(16));
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return await externalPlace(
    { name: "w", dims: [4], externalData },
    join(directory.path, "m.onnx"),
  );
}

Deno.test("external data lie in a file beside the ONNX file, and nowhere else", async () => {
  const places = {
    "../secret": /beside it, by its name alone: received "\.\.\/secret"/,
    "/etc/passwd": /by its name alone/,
    "sub/weights": /by its name alone/,
    "sub\\weights": /by its name alone/,
    "..": /by its name alone/,
    ".": /by its name alone/,
    "./..": /by its name alone/,
    "": /by its name alone/,
    "absent": /the file with its data is not there/,
  };
  for (const [location, message] of Object.entries(places)) {
    await assert.rejects(place({ location }), message, location);
  }
});

Deno.test("external data must be all there, and where they say", async () => {
  const { offset, length } = await place({ location: "data" });
  assert.deepEqual([offset, length], [0, 16]);
  assert.equal((await place({ location: "./data", offset: "4" })).length, 12);
  const cases: [Record<string, string>, RegExp][] = [
    [{ location: "data", offset: "4", length: "16" }, /end behind "data": received 20 bytes of 16/],
    [{ location: "data", offset: "-4", length: "16" }, /is no number: received "-4"/],
    [{ location: "data", offset: "1e3" }, /is no number/],
  ];
  for (const [entries, message] of cases) await assert.rejects(place(entries), message);
});
