/** Which number type is taken for the memory that there is, and what is said where none fits. */

import assert from "node:assert/strict";
import { chooseDtype, needsOf, readFitting } from "../../src/model/fitting_blueprint.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { writeSparseLlama } from "./sparse_llama.ts";

const needs = [{ dtype: "float32", bytes: 4e9 }, { dtype: "int8", bytes: 1e9 }] as const;

Deno.test("the first type that fits is taken, and it is said why where it is not the first", () => {
  assert.deepEqual(chooseDtype(needs, 4e9, "m"), { dtype: "float32" });
  assert.deepEqual(chooseDtype(needs, 2e9, "m"), {
    dtype: "int8",
    note: "float32 needs 4.0 GB of memory, and 2.0 GB are free",
  });
  assert.throws(() => chooseDtype(needs, 9e8, "m"), {
    kind: "bad_device",
    message:
      "Cannot load the model as float32 needs 4.0 GB of memory, int8 needs 1.0 GB of memory, " +
      "and 900.0 MB are free: received m",
  });
});

Deno.test("where the free memory is unknown nothing is refused", () => {
  assert.deepEqual(chooseDtype(needs, undefined, "m"), { dtype: "float32" });
});

Deno.test("a model that does not fit is refused in the type that is asked for, and with auto computed in int8", async () => {
  const directory = goldenDirectory("llama");
  await using cache = await temporaryDirectory();
  const [float32, int8] = [...needsOf(await readBlueprint(directory))].map(({ bytes }) => bytes);
  assert.ok(int8! < float32!, `${int8} of ${float32}`);
  const options = { device: "cpu", cache: cache.path } as const;
  const read = (free: number, dtype: "auto" | "float32" | "int8" = "auto", copies = 1) =>
    readFitting(directory, { ...options, dtype, copies, free: () => free });
  assert.equal((await read(float32!)).dtype, "float32");
  const less = await read(float32! - 1);
  assert.equal(less.dtype, "int8");
  assert.match(
    less.blueprint.notes.at(-1)!,
    /^int8 was chosen as float32 needs \d+\.\d kB of memory/,
  );
  await assert.rejects(read(float32! - 1, "float32"), { kind: "bad_device" });
  await assert.rejects(read(int8! - 1, "int8"), { kind: "bad_device" });
  await assert.rejects(read(float32!, "float32", 2), { kind: "bad_device" });
});

Deno.test("what int8 leaves in float32 counts", async () => {
  await using cache = await temporaryDirectory();
  const directory = goldenDirectory("llama");
  const [float32, int8] = [...needsOf(await readBlueprint(directory))].map(({ bytes }) => bytes);
  const read = (free: number, largestLoss: number) =>
    readFitting(directory, {
      device: "cpu",
      dtype: "int8",
      cache: cache.path,
      largestLoss,
      free: () => free,
    });
  assert.equal((await read(int8!, Infinity)).dtype, "int8");
  await assert.rejects(read(int8!, 0), { kind: "bad_device", message: /as int8 needs/ });
  assert.equal((await read(float32!, 0)).dtype, "int8");
});

Deno.test("eight billion weights, 16 GB of them, are read and refused without being loaded", async () => {
  await using directory = await temporaryDirectory();
  await writeSparseLlama(directory.path, "8b");
  const read = readFitting(directory.path, { device: "cpu", free: () => 8e9 });
  await assert.rejects(read, {
    kind: "bad_device",
    message:
      `Cannot load the model as float32 needs 31.1 GB of memory, int8 needs 10.1 GB of memory, and 8.0 GB ` +
      `are free: received ${directory.path}`,
  });
});
