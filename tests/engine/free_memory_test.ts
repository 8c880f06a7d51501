import assert from "node:assert/strict";
import { freeMemory } from "../../src/engine/free_memory.ts";

Deno.test("the CPU's free memory is the system's, and what cannot be told is undefined", () => {
  const { total } = Deno.systemMemoryInfo();
  const free = freeMemory("cpu")!;
  assert.ok(free > 0 && free <= total, `${free} of ${total}`);
  assert.equal(freeMemory("webgpu"), undefined);
  const forbidden = () => {
    throw new Deno.errors.NotCapable("Requires sys access");
  };
  assert.equal(freeMemory("cpu", forbidden), undefined);
});
