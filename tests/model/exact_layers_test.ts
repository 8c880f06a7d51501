import assert from "node:assert/strict";
import { chooseExact, exactNote } from "../../src/model/exact_layers.ts";

/** Two blocks of two layers; the second layer of the second block loses most, and is large. */
const layers = [
  { name: "h.0.a", size: 10, loss: 0.01 },
  { name: "h.0.b", size: 40, loss: 0.02 },
  { name: "h.1.a", size: 10, loss: 0.03 },
  { name: "h.1.b", size: 40, loss: 0.04 },
];

/** Losses that add up as squares, and how often they were asked for. */
function losses() {
  const asked: string[][] = [];
  const lossOf = (names: Iterable<string>) => {
    const own = [...names];
    asked.push(own);
    return Promise.resolve(
      Math.hypot(...layers.filter(({ name }) => own.includes(name)).map(({ loss }) => loss)),
    );
  };
  return { asked, lossOf };
}

Deno.test("all layers are rounded where that is within the bound, which one measurement tells", async () => {
  const { asked, lossOf } = losses();
  const choice = await chooseExact(layers, lossOf, 0.06);
  assert.deepEqual(choice.names, []);
  assert.equal(choice.before, choice.after);
  assert.equal(asked.length, 1);
  assert.equal(exactNote(choice, layers), undefined);
});

Deno.test("the layers that lose most for their size stay, out of the worst block", async () => {
  const { asked, lossOf } = losses();
  const choice = await chooseExact(layers, lossOf, 0.05);
  assert.deepEqual(choice.names, ["h.1.a"]); // 0.03^2 / 10 is more than 0.04^2 / 40
  assert.ok(choice.before > 0.05 && choice.after <= 0.05);
  assert.ok(
    !asked.some((names) => names.join() === "h.0.a"),
    "a layer of the other block was measured",
  );
  assert.equal(
    exactNote(choice, layers),
    "1 of 4 linear layers stay in float32, 10.0 % of their weights, as rounding them too moved scores " +
      "by 5.5 % of their spread instead of 4.6 %: h.1.a",
  );
});

Deno.test("further blocks are measured where the worst has not enough to leave out", async () => {
  const choice = await chooseExact(layers, losses().lossOf, 0.021);
  assert.deepEqual(choice.names, ["h.0.a", "h.1.a", "h.1.b"]);
  assert.deepEqual((await chooseExact(layers, losses().lossOf, 0)).names.length, 4);
});

Deno.test("where losses do not add up, layers are left out until what is measured is within the bound", async () => {
  const lossOf = (names: Iterable<string>) => Promise.resolve(0.05 * [...names].length);
  const choice = await chooseExact(layers, lossOf, 0.06);
  assert.equal(choice.names.length, 3);
  assert.equal(choice.after, 0.05);
});

Deno.test("a model that scores all texts alike keeps no layer", async () => {
  const choice = await chooseExact(layers, () => Promise.resolve(NaN), 0.05);
  assert.deepEqual(choice, { names: [], before: NaN, after: NaN });
});
