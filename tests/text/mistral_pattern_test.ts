import assert from "node:assert/strict";
import { needsPattern, withPattern } from "../../src/text/mistral_pattern.ts";

Deno.test("only old files of Mistral's families with a large vocabulary get the pattern", () => {
  const large = 100_001;
  assert.equal(needsPattern(true, { model_type: "mistral" }, large), true);
  assert.equal(needsPattern(true, { transformers_version: "4.57.0" }, large), true);
  assert.equal(needsPattern(true, undefined, large), false);
  assert.equal(needsPattern(false, { model_type: "mistral" }, large), false);
  assert.equal(needsPattern(true, { model_type: "mistral" }, large - 1), false);
  assert.equal(needsPattern(true, { model_type: "llama" }, large), false);
  const mended = { model_type: "mistral", transformers_version: "5.0.0" };
  assert.equal(needsPattern(true, mended, large), false);
});

Deno.test("the pattern takes the first place, and bytes that of spaces as signs", () => {
  const typesOf = (part: unknown) =>
    (part as { pretokenizers: { type: string }[] }).pretokenizers.map(({ type }) => type);
  const several = { type: "Sequence", pretokenizers: [{ type: "Split" }, { type: "Digits" }] };
  assert.deepEqual(typesOf(withPattern(several)), ["Split", "Digits"]);
  assert.deepEqual(typesOf(withPattern({ type: "Metaspace" })), ["Split", "ByteLevel"]);
  assert.deepEqual(typesOf(withPattern({ type: "Whitespace" })), ["Split", "Whitespace"]);
});
