import assert from "node:assert/strict";
import { once } from "../src/once.ts";

Deno.test("a value is made at the first call, and once", () => {
  let made = 0;
  const thing = once(() => ({ number: ++made }));
  assert.equal(made, 0);
  assert.equal(thing(), thing());
  assert.deepEqual(thing(), { number: 1 });
});

Deno.test("nothing is a thing too", () => {
  let made = 0;
  const nothing = once(() => {
    made++;
  });
  assert.equal(nothing(), undefined);
  assert.equal(nothing(), undefined);
  assert.equal(made, 1);
});

Deno.test("what could not be made is tried again", () => {
  let tries = 0;
  const thing = once(() => {
    if (++tries === 1) throw new Error("not yet");
    return tries;
  });
  assert.throws(thing, /not yet/);
  assert.equal(thing(), 2);
});
