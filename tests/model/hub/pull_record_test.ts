import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type PullRecord,
  readRecord,
  RECORD,
  writeRecord,
} from "../../../src/model/hub/pull_record.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";

const record: PullRecord = {
  hub: "https://huggingface.co",
  id: "owner/reward",
  revision: "main",
  commit: "a".repeat(40),
  files: [{ path: "config.json", bytes: 2, algorithm: "git-sha1", digest: "b".repeat(40) }],
};

Deno.test("a record is read as it was written, and nothing is left beside it", async () => {
  await using directory = await temporaryDirectory();
  assert.equal(await readRecord(directory.path), undefined);
  await writeRecord(directory.path, record);
  assert.deepEqual(await readRecord(directory.path), record);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(directory.path), ({ name }) => name), [
    RECORD,
  ]);
});

const broken: [what: string, text: string][] = [
  ["no JSON", "{"],
  ["another form", '{"files": 3}'],
  [
    "a file elsewhere",
    JSON.stringify({ ...record, files: [{ ...record.files[0], path: "../../x" }] }),
  ],
  [
    "a folder's own name",
    JSON.stringify({ ...record, files: [{ ...record.files[0], path: ".." }] }),
  ],
];

for (const [what, text] of broken) {
  Deno.test(`a record of ${what} counts as none`, async () => {
    await using directory = await temporaryDirectory();
    await Deno.writeTextFile(join(directory.path, RECORD), text);
    assert.equal(await readRecord(directory.path), undefined);
  });
}
