import assert from "node:assert/strict";
import { PersistentTensors } from "../../src/engine/persistent_tensors.ts";

function floats(...numbers: number[]) {
  return { data: Float32Array.from(numbers), dims: [numbers.length] };
}

const four = { element: "float32", dims: [4] } as const;

Deno.test("a persistent tensor is the array that was put, not a copy", () => {
  const tensors = new PersistentTensors();
  const feed = floats(1, 2);
  tensors.put("p", feed);
  assert.equal(tensors.get("p").data, feed.data);
});

Deno.test("a name that is not there is told with those that are", () => {
  const tensors = new PersistentTensors();
  assert.throws(() => tensors.get("q"), /TypeError: Cannot read "q" .*: received none$/);
  tensors.put("p", floats(1));
  assert.throws(() => tensors.view({ tensor: "q", offset: 0, dims: [1] }), /: received p$/);
});

Deno.test("two buffers change places, however often a persistent tensor is replaced", () => {
  const tensors = new PersistentTensors();
  tensors.put("p", floats(1, 2, 3, 4));
  const seen = new Set<ArrayBuffer>();
  for (let i = 0; i < 10; i++) {
    const target = tensors.target("p", four);
    assert.notEqual(target.data.buffer, tensors.get("p").data.buffer);
    target.data[0] = i;
    tensors.swap("p", target);
    assert.equal(tensors.get("p").data[0], i);
    seen.add(target.data.buffer);
  }
  assert.equal(seen.size, 2);
});

Deno.test("a target that is never swapped in changes nothing", () => {
  const tensors = new PersistentTensors();
  tensors.put("p", floats(1, 2, 3, 4));
  const spoil = () => (tensors.target("p", four).data as Float32Array).fill(9);
  spoil();
  assert.deepEqual([...tensors.get("p").data], [1, 2, 3, 4]);
  tensors.swap("p", { ...four, ...floats(5, 6, 7, 8) });
  spoil(); // this time into the spare
  assert.deepEqual([...tensors.get("p").data], [5, 6, 7, 8]);
});

Deno.test("a spare of another size or element type is not written into", () => {
  const tensors = new PersistentTensors();
  tensors.put("p", floats(1, 2, 3, 4));
  tensors.swap("p", tensors.target("p", four));
  const larger = tensors.target("p", { element: "float32", dims: [5] });
  assert.equal(larger.data.length, 5);
  const whole = tensors.target("p", { element: "int32", dims: [4] });
  assert.ok(whole.data instanceof Int32Array);
  const square = tensors.target("p", { element: "float32", dims: [2, 2] });
  assert.deepEqual(square.dims, [2, 2]); // as many numbers: the extents may change
  tensors.swap("p", larger);
  assert.equal(tensors.target("p", { element: "float32", dims: [5] }).data.length, 5);
});

Deno.test("a view shows a part of a persistent tensor without a copy", () => {
  const tensors = new PersistentTensors();
  const feed = floats(0, 1, 2, 3, 4, 5, 6, 7);
  tensors.put("p", feed);
  const { data, dims } = tensors.view({ tensor: "p", offset: 2, dims: [2, 3] });
  assert.deepEqual([[...data], dims], [[2, 3, 4, 5, 6, 7], [2, 3]]);
  assert.equal(data.buffer, feed.data.buffer);
});

const outside = [[7, [2]], [-1, [2]], [0.5, [2]], [0, [-1]], [0, [3, 3]]] as const;
for (const [offset, dims] of outside) {
  Deno.test(`a view of [${dims}] at ${offset} of 8 is not within it`, () => {
    const tensors = new PersistentTensors();
    tensors.put("p", { data: new Float32Array(8), dims: [8] });
    assert.throws(
      () => tensors.view({ tensor: "p", offset, dims }),
      /RangeError: Cannot view "p"/,
    );
  });
}

Deno.test("only float32 has views", () => {
  const tensors = new PersistentTensors();
  tensors.put("n", { data: new Int32Array(8), dims: [8] });
  assert.throws(() => tensors.view({ tensor: "n", offset: 0, dims: [1] }), /received Int32Array$/);
});

Deno.test("numbers that do not fill their extents do not become a persistent tensor", () => {
  const tensors = new PersistentTensors();
  assert.throws(() => tensors.put("p", { data: new Float32Array(3), dims: [4] }), RangeError);
  assert.throws(() => tensors.get("p"), TypeError);
});
