import assert from "node:assert/strict";
import { KeyRing, onlyKeyName } from "../../src/http/keys.ts";

const keys = [{ name: "trainer", key: "sk-1" }, { name: "page", key: "sk-2" }];

Deno.test("each key is known by its name, and no other text is", () => {
  const ring = new KeyRing(keys);
  assert.deepEqual(["sk-1", "sk-2"].map((key) => ring.nameOf(key)), ["trainer", "page"]);
  for (const other of ["", "sk-", "sk-11", "SK-1", "trainer", " sk-1"]) {
    assert.equal(ring.nameOf(other), undefined, other);
  }
});

Deno.test("a ring without keys knows none", () => {
  assert.equal(new KeyRing([]).nameOf(""), undefined);
});

Deno.test("the one key of a setting has a name as well", () => {
  assert.equal(KeyRing.of("Élan").nameOf("Élan"), onlyKeyName);
});

Deno.test("keys that were replaced are taken no more", () => {
  const ring = new KeyRing(keys);
  ring.replace([{ name: "trainer", key: "sk-3" }]);
  assert.deepEqual(["sk-1", "sk-2", "sk-3"].map((key) => ring.nameOf(key)), [
    undefined,
    undefined,
    "trainer",
  ]);
  assert.equal(ring.size, 1);
});
