import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  fetchFile,
  fetchFiles,
  type Fetching,
  totalOf,
} from "../../../src/model/hub/fetch_files.ts";
import { partName } from "../../../src/model/hub/part_file.ts";
import type { HubFile } from "../../../src/model/hub/repository.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";

const contents: Record<string, string> = { "a.json": "aaaa", "b c.json": "bbbbbb" };
const files = Object.entries(contents).map(([path, text]): HubFile => ({
  path,
  bytes: text.length,
  digest: { algorithm: "sha256", hex: createHash("sha256").update(text).digest("hex") },
}));
const [a, b] = files as [HubFile, HubFile];

function fetching(directory: string, more: Partial<Fetching> = {}): Fetching & { asked: string[] } {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = (input) => {
    asked.push(String(input));
    const name = decodeURIComponent(String(input).split("/").at(-1) ?? "");
    return Promise.resolve(new Response(contents[name] ?? null));
  };
  const repository = { id: "o/n", commit: "c".repeat(40), files };
  return { hubUrl: "https://hub", fetch, directory, repository, asked, ...more };
}

Deno.test("a file is asked for at the commit, its name encoded", async () => {
  await using directory = await temporaryDirectory();
  const work = fetching(directory.path);
  assert.equal(await fetchFile(b, work), 6);
  assert.deepEqual(work.asked, [`https://hub/o/n/resolve/${"c".repeat(40)}/b%20c.json`]);
  assert.equal(await Deno.readTextFile(join(directory.path, partName(b))), "bbbbbb");
});

Deno.test("files in their places are passed over and counted as done", async () => {
  await using directory = await temporaryDirectory();
  await Deno.writeTextFile(join(directory.path, a.path), "aaaa");
  const seen: number[][] = [];
  const work = fetching(directory.path, {
    onProgress: ({ doneBytes, totalBytes }) => seen.push([doneBytes, totalBytes]),
  });
  assert.equal(await fetchFiles(files, work), 6);
  assert.equal(work.asked.length, 1);
  assert.deepEqual([seen[0], seen.at(-1)], [[4, 10], [10, 10]]);
});

Deno.test("room is needed for what is missing, and for no more", async () => {
  await using directory = await temporaryDirectory();
  await Deno.writeTextFile(join(directory.path, a.path), "aaaa");
  await Deno.writeTextFile(join(directory.path, partName(b)), "bb");
  const tooFew = fetching(directory.path, { freeBytes: () => Promise.resolve(3) });
  await assert.rejects(fetchFiles(files, tooFew), {
    kind: "bad_model",
    message:
      `Cannot pull as 4 bytes are missing and the disk of ${directory.path} has too little ` +
      "room: received 3 bytes free",
  });
  assert.deepEqual(tooFew.asked, []);
  assert.equal(
    await fetchFiles(files, fetching(directory.path, { freeBytes: () => Promise.resolve(4) })),
    4,
  );
});

Deno.test("without a stand-in, the room is that of the file system", async () => {
  await using directory = await temporaryDirectory();
  const huge = [{ ...a, bytes: Number.MAX_SAFE_INTEGER }];
  await assert.rejects(fetchFiles(huge, fetching(directory.path)), {
    message: /9007\.2 TB are missing .* received [\d.]+ [kMGT]?B free$/,
  });
  assert.equal(await fetchFiles(files, fetching(directory.path)), 10);
});

Deno.test("the total is the sum of all sizes", () => {
  assert.deepEqual([totalOf([]), totalOf(files)], [0, 10]);
});
