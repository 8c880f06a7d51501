import assert from "node:assert/strict";
import { creditMethod, creditMethodNames, creditMethods } from "../../src/credit/registry.ts";

Deno.test("every method stands under its own name, says what it is and where it is from", () => {
  assert.deepEqual(creditMethodNames, Object.keys(creditMethods));
  assert.equal(creditMethodNames[0], "abc", "the default stands first");
  for (const [name, method] of Object.entries(creditMethods)) {
    assert.equal(method.name, name);
    assert.equal(creditMethod(name), method);
    assert.ok(method.summary.length > 20 && !method.summary.endsWith("."));
    assert.match(method.source, /arXiv \d{4}\.\d{5}/);
  }
});

Deno.test("an unknown method is an invalid request that names the known ones and the nearest", () => {
  assert.throws(() => creditMethod("unifrom"), {
    kind: "invalid_request",
    message: `Cannot assign credit as the method must be one of ${creditMethodNames.join(", ")}: ` +
      "received 'unifrom' (did you mean 'uniform'?)",
  });
});

for (const name of ["", "toString", "__proto__", "constructor", "ABC", "owen"]) {
  Deno.test(`'${name}' is no method`, () => {
    assert.throws(() => creditMethod(name), { kind: "invalid_request" });
  });
}
