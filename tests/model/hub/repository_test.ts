import assert from "node:assert/strict";
import { listRepository } from "../../../src/model/hub/repository.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const small = { type: "file", path: "config.json", size: 2, oid: "a".repeat(40) };
const large = {
  type: "file",
  path: "model.safetensors",
  size: 130,
  oid: "b".repeat(40),
  lfs: { oid: "c".repeat(64), size: 5_000_000_000, pointerSize: 130 },
};

/** A hub that answers the two questions of a listing. */
function hubWith(tree: unknown, info: unknown = { id: "o/n", sha: commit }) {
  const asked: string[] = [];
  const answering: typeof fetch = (input) => {
    asked.push(String(input));
    return Promise.resolve(Response.json(String(input).includes("/tree/") ? tree : info));
  };
  const list = () =>
    listRepository({ id: "o/n", hubUrl: "https://hub", revision: "refs/pr/1", fetch: answering });
  return { asked, list };
}

Deno.test("a repository is listed at the commit that its revision stands for", async () => {
  const { asked, list } = hubWith([small, large]);
  assert.deepEqual(await list(), {
    id: "o/n",
    commit,
    files: [
      { path: "config.json", bytes: 2, digest: { algorithm: "git-sha1", hex: small.oid } },
      {
        path: "model.safetensors",
        bytes: 5_000_000_000,
        digest: { algorithm: "sha256", hex: large.lfs.oid },
      },
    ],
  });
  assert.match(asked[0] ?? "", /^https:\/\/hub\/api\/models\/o\/n\/revision\/refs%2Fpr%2F1\?/);
  assert.match(
    asked[1] ?? "",
    new RegExp(`^https://hub/api/models/o/n/tree/${commit}\\?recursive=false`),
  );
});

Deno.test("folders, hidden files and names that are paths are passed over", async () => {
  const names = [".gitattributes", "onnx/model.onnx", "../evil", "/etc/passwd", "a\\b"];
  const tree = [
    { ...small, type: "directory", path: "onnx" },
    ...names.map((path) => ({ ...small, path })),
    small,
  ];
  assert.deepEqual((await hubWith(tree).list()).files.map(({ path }) => path), ["config.json"]);
});

const strange: [what: string, tree: unknown, info?: unknown][] = [
  ["a negative size", [{ ...small, size: -1 }]],
  ["a size that is no number", [{ ...small, size: "2" }]],
  ["a file without a digest", [{ ...small, oid: undefined }]],
  ["a digest that is none", [{ ...small, oid: "../../x" }]],
  ["a large file's digest that is none", [{ ...large, lfs: { ...large.lfs, oid: "x" } }]],
  ["an object for a list", { files: [] }],
  ["a commit that is none", [small], { id: "o/n", sha: "../main" }],
  ["no commit", [small], { id: "o/n" }],
  ["files without end", Array.from({ length: 10_001 }, (_, i) => ({ ...small, path: `${i}` }))],
];

for (const [what, tree, info] of strange) {
  Deno.test(`a listing with ${what} is refused`, async () => {
    await assert.rejects(hubWith(tree, info).list(), {
      kind: "bad_model",
      message: /^Cannot pull as https:\/\/hub lists o\/n in an unknown form: received /,
    });
  });
}
