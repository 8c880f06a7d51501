import assert from "node:assert/strict";
import { readTorchFile } from "../../../src/weights/torch/torch_file.ts";
import { ZIP_START } from "../../../src/weights/torch/torch_zip.ts";
import { withFile } from "./golden.ts";
import { latin, tensor, type TestEntry, text, zip } from "./pickles.ts";

const dictionary = latin(`\x80\x02}${text("w")}${tensor({})}s.`);
const numbers: TestEntry = { name: "m/data/0", data: new Uint8Array(24) };
const pickled: TestEntry = { name: "m/data.pkl", data: dictionary };
const order = (text: string): TestEntry => ({ name: "m/byteorder", data: latin(text) });

const tensorsOf = (entries: readonly TestEntry[]) => withFile(zip(entries), readTorchFile);

Deno.test("an archive is a pickle with the storages that it refers to", async () => {
  const [tensor] = await tensorsOf([pickled, order("little"), numbers]);
  assert.deepEqual(tensor?.shape, [2, 3]);
  assert.equal(tensor?.length, 24);
  assert.equal((await tensorsOf([pickled, numbers])).length, 1, "torch before 2.1 wrote no order");
  assert.deepEqual([...zip([pickled]).subarray(0, 4)], ZIP_START);
});

const wrong: [what: string, entries: readonly TestEntry[], message: RegExp][] = [
  ["no storage", [pickled], /lacks a storage: received none called "data\/0"/],
  [
    "a short storage",
    [pickled, { ...numbers, data: new Uint8Array(23) }],
    /"data\/0" must have 24 bytes: received 23/,
  ],
  [
    "a long storage",
    [pickled, { ...numbers, data: new Uint8Array(25) }],
    /must have 24 bytes: received 25/,
  ],
  [
    "an endless pickle",
    [{ ...pickled, data: new Uint8Array(2 ** 24 + 1) }, numbers],
    /its pickle may have at most 16777216 bytes: received 16777217/,
  ],
  ["big-endian numbers", [pickled, order("big"), numbers], /little-endian: received "big"/],
  ["no pickle", [numbers], /one folder with a data\.pkl: received "m\/data\/0"/],
  ["two folders", [pickled, { ...numbers, name: "n/data/0" }], /one folder with a data\.pkl/],
  [
    "bytes behind the pickle",
    [{ ...pickled, data: Uint8Array.of(...dictionary, 0x4e) }, numbers],
    /bytes follow its pickle: received 1 bytes/,
  ],
];
for (const [what, entries, message] of wrong) {
  Deno.test(`an archive with ${what} is refused`, async () => {
    await assert.rejects(tensorsOf(entries), message);
  });
}
