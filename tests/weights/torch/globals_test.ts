import assert from "node:assert/strict";
import { call, globalOf } from "../../../src/weights/torch/globals.ts";
import { Dict } from "../../../src/weights/torch/pickle_value.ts";
import { storageClasses, torchDtypes } from "../../../src/weights/torch/torch_types.ts";

Deno.test("the names that tensors need are known, and a name is the same each time", () => {
  for (const name of [...Object.keys(storageClasses), ...Object.keys(torchDtypes)]) {
    const at = name.lastIndexOf(".");
    assert.equal(globalOf(name.slice(0, at), name.slice(at + 1)).name, name);
  }
  const ordered = globalOf("collections", "OrderedDict");
  assert.equal(ordered, globalOf("collections", "OrderedDict"));
  assert.ok(call(ordered, []) instanceof Dict);
});

Deno.test("no other name is known, however its parts are cut", () => {
  const names = [["torch", "load"], ["builtins", "eval"], ["", ""], ["toString", "call"]] as const;
  for (const [module, name] of names) {
    assert.throws(() => globalOf(module, name), new RegExp(`the global "${module}\\.${name}"$`));
  }
});

Deno.test("only functions are called, with a tuple", () => {
  assert.throws(() => call(globalOf("torch", "float32"), []), /no function .* torch\.float32/);
  assert.throws(() => call("eval", []), /no function of tensors: received "eval"/);
  assert.throws(() => call(globalOf("torch", "Size"), "x"), /must be a tuple: received "x"/);
});
