import assert from "node:assert/strict";
import { plantedTexts, plantKinds } from "./planted.ts";

Deno.test("a planted text is its neutral twin but for the plant, which ends in what decides", () => {
  const texts = plantedTexts(40, 1);
  for (const [i, { kind, text, neutral, plant: [start, end], marked }] of texts.entries()) {
    assert.equal(kind, plantKinds[i % plantKinds.length]);
    assert.match(text.slice(start, end), /^ The \w+ .*\.$/);
    const behind = text.length - end;
    assert.equal(text.slice(0, start), neutral.slice(0, start));
    assert.equal(text.slice(end), neutral.slice(neutral.length - behind));
    assert.equal(text.slice(...marked), text.slice(marked[0], end - 1));
    assert.equal((text.match(/\./g) ?? []).length, 6);
  }
  assert.deepEqual(plantedTexts(4, 1), texts.slice(0, 4));
});
