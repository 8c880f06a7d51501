import assert from "node:assert/strict";
import { readTorchFile } from "../../../src/weights/torch/torch_file.ts";
import { PICKLE_START } from "../../../src/weights/torch/torch_legacy.ts";
import { withFile } from "./golden.ts";
import { latin, tensor, text } from "./pickles.ts";

const parts = {
  magic: "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19",
  version: "M\xe9\x03",
  machine: `}${text("little_endian")}\x88s`,
  tensors: `}${text("w")}${tensor({})}s`,
  keys: `]${text("0")}a`,
};

const bytesOf = (changes: Partial<typeof parts> = {}, data = `\x06${"\0".repeat(7 + 24)}`) =>
  latin(
    Object.values({ ...parts, ...changes }).map((each) => `\x80\x02${each}.`).join("") + data,
  );

Deno.test("the storages stand behind the pickles, each behind its size", async () => {
  const bytes = bytesOf();
  const [tensor] = await withFile(bytes, readTorchFile);
  assert.equal(tensor?.offset, bytes.length - 24);
  assert.equal(bytes[0], PICKLE_START[0]);
});

const wrong: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["another magic number", bytesOf({ magic: "K\x01" }), /its magic number.*received 1$/],
  ["another version", bytesOf({ version: "K\x02" }), /its version.*received 2$/],
  [
    "big-endian numbers",
    bytesOf({ machine: `}${text("little_endian")}\x89s` }),
    /little-endian.*received false/,
  ],
  ["a machine that says nothing", bytesOf({ machine: "]" }), /little-endian.*received false/],
  ["no key", bytesOf({ keys: "]" }), /its 1 storages once each: received 0/],
  ["keys that are no list", bytesOf({ keys: "K\x01" }), /its 1 storages once each: received 0/],
  ["a key twice", bytesOf({ keys: `]${text("0")}a${text("0")}a` }), /once each: received 2/],
  ["an unknown key", bytesOf({ keys: `]${text("1")}a` }), /storage without tensors: received "1"/],
  ["another size", bytesOf({}, `\x07${"\0".repeat(31)}`), /"0" must have 6 numbers: received 7/],
  ["less data", bytesOf({}, `\x06${"\0".repeat(30)}`), /end at byte \d+, and the file elsewhere/],
  ["more data", bytesOf({}, `\x06${"\0".repeat(32)}`), /end at byte \d+, and the file elsewhere/],
  ["no data", bytesOf({}, ""), /become shorter/],
];
for (const [what, bytes, message] of wrong) {
  Deno.test(`a file with ${what} is refused`, async () => {
    await withFile(bytes, (path) => assert.rejects(readTorchFile(path), message));
  });
}
