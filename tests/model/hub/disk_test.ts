import assert from "node:assert/strict";
import { checkRoom, freeBytes } from "../../../src/model/hub/disk.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";

Deno.test("a disk tells how much room it has", async () => {
  await using directory = await temporaryDirectory();
  const free = await freeBytes(directory.path);
  assert.ok(Number.isSafeInteger(free) && free >= 0);
});

const table: [needed: number, free: number, message: string | undefined][] = [
  [10, 10, undefined],
  [-5, 0, undefined],
  [
    11,
    10,
    "11 bytes are still to come and the disk of /m has too little room: received 10 bytes free",
  ],
  [
    16_060_000_000,
    1_500_000,
    "16.1 GB are still to come and the disk of /m has too little room: received 1.5 MB free",
  ],
];

for (const [needed, free, message] of table) {
  Deno.test(`${needed} bytes ${message ? "do not fit" : "fit"} where ${free} are free`, () => {
    const check = () => checkRoom(needed, { free, directory: "/m" });
    if (message === undefined) check();
    else assert.throws(check, { kind: "bad_model", message: `Cannot pull as ${message}` });
  });
}
