import assert from "node:assert/strict";
import { unknownClass } from "../../src/architectures/unknown_class.ts";

const classes = {
  LlamaForSequenceClassification: { family: "llama" },
  INFORMForSequenceClassification: { family: "llama" },
};
const search = { verb: "serve", classes, other: { LlamaForCausalLM: { family: "llama" } } };

Deno.test("a class that is not known is told the nearest one, or that it is of the other kind", () => {
  const { kind, message, path } = unknownClass({ architectures: ["LLamaForSequence"] }, search);
  assert.deepEqual([kind, path], ["bad_model", "config.json"]);
  assert.match(message, /^Cannot serve the architecture "LLamaForSequence" as it is not one of/);
  const policy = unknownClass({ architectures: ["LlamaForCausalLM"] }, search);
  assert.match(
    policy.message,
    /as it is a policy, of which --head vocabulary:TOKEN reads a token's logit/,
  );
});

Deno.test("without a class the families are named, each once", () => {
  const { message } = unknownClass({ model_type: "mamba" }, search);
  assert.match(message, /"model_type" is not one of llama: received "mamba"$/);
});

Deno.test("a class that the user asked for is bad usage", () => {
  const { kind, message } = unknownClass({}, search, { asked: "Llama" });
  assert.equal(kind, "bad_usage");
  assert.match(message, /: received --architecture Llama$/);
});
