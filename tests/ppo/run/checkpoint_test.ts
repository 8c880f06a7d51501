import assert from "node:assert/strict";
import { join } from "node:path";
import { Checkpoints } from "../../../src/ppo/run/checkpoint.ts";
import type { EngineState } from "../../../src/ppo/graphs/policy_engine.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { openPolicy, policyDirectory } from "../golden_policy.ts";

/** Vectors without equal entries. */
function stateOf(size: number, seed: number): EngineState {
  const vector = (shift: number) =>
    Float32Array.from({ length: size }, (_, i) => Math.sin(i + shift));
  return { parameters: vector(seed), first: vector(seed + 0.3), second: vector(seed + 0.6) };
}

function progress(step: number) {
  return { step, updates: 4 * step, klCoefficient: 0.1 + step / 3 };
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).toSorted();
}

/** An empty checkpoint folder of a golden policy. */
async function opened(
  name: string,
  critic: "shared" | "separate" = "shared",
  keep?: number,
) {
  const [open, directory] = [await openPolicy(name, { critic }), await temporaryDirectory()];
  const { policy, engine: { layout } } = open;
  const checkpoints = new Checkpoints(directory.path, { policy, layout, keep });
  return {
    checkpoints,
    layout,
    policy,
    folder: directory.path,
    async [Symbol.asyncDispose]() {
      await open[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a checkpoint restores the exact numbers", async () => {
  for (const critic of ["shared", "separate"] as const) {
    await using open = await opened("llama", critic);
    const { checkpoints, layout } = open;
    assert.equal(await checkpoints.latest(), undefined);
    assert.equal(await checkpoints.latestStep(), undefined);
    const given = { progress: progress(7), state: stateOf(layout.size, 1) };
    const directory = await checkpoints.save(given);
    assert.equal(directory, checkpoints.directoryOf(7));
    assert.deepEqual(await checkpoints.latest(), given);
    assert.equal(await checkpoints.latestStep(), 7);
  }
});

Deno.test("only the latest checkpoint is kept, by number and not by name", async () => {
  await using open = await opened("llama");
  const { checkpoints, layout, folder } = open;
  for (const step of [999_999, 1_000_000]) {
    await checkpoints.save({ progress: progress(step), state: stateOf(layout.size, step) });
  }
  assert.deepEqual(await namesIn(folder), ["step-1000000"]);
  await Deno.mkdir(join(folder, "step-000003"));
  assert.equal(await checkpoints.latestStep(), 1_000_000);
  assert.deepEqual((await checkpoints.latest())?.progress, progress(1_000_000));
});

Deno.test("the last few checkpoints and the best are kept, and the latest is resumed from", async () => {
  await using open = await opened("llama", "shared", 2);
  const { checkpoints, layout, folder } = open;
  const kept = async (step: number, best?: number) => {
    await checkpoints.save({ progress: progress(step), state: stateOf(layout.size, step) }, best);
    return (await namesIn(folder)).map((name) => Number(name.slice("step-".length)));
  };
  assert.deepEqual(await kept(1), [1]);
  assert.deepEqual(await kept(2, 1), [1, 2]);
  assert.deepEqual(await kept(3, 1), [1, 2, 3], "the best, and the last two");
  assert.deepEqual(await kept(4, 1), [1, 3, 4]);
  assert.deepEqual(await kept(5, 5), [4, 5], "another is the best now");
  assert.deepEqual((await checkpoints.latest())?.progress, progress(5));
});

Deno.test("an incomplete checkpoint is ignored, and overwritten later", async () => {
  await using open = await opened("llama");
  const { checkpoints, layout, folder } = open;
  const whole = { progress: progress(1), state: stateOf(layout.size, 1) };
  await checkpoints.save(whole);
  const draft = join(folder, "step-000002.new", "trainer");
  await Deno.mkdir(draft, { recursive: true });
  await Deno.writeTextFile(join(draft, "state.safetensors"), "torn");
  assert.deepEqual(await checkpoints.latest(), whole);
  await checkpoints.save({ progress: progress(2), state: stateOf(layout.size, 2) });
  assert.deepEqual(await namesIn(folder), ["step-000002"]);
  // The incomplete checkpoint's step need not be saved again.
  for (const other of ["step-000009.new", "mine.new"]) await Deno.mkdir(join(folder, other));
  await checkpoints.save({ progress: progress(4), state: stateOf(layout.size, 4) });
  assert.deepEqual(await namesIn(folder), ["mine.new", "step-000004"]);
});

Deno.test("saving a step again replaces its checkpoint", async () => {
  await using open = await opened("llama");
  const { checkpoints, layout } = open;
  const state = stateOf(layout.size, 1);
  await checkpoints.save({ progress: progress(2), state });
  const again = { progress: progress(2), state: stateOf(layout.size, 9) };
  await checkpoints.save(again);
  assert.deepEqual(await checkpoints.latest(), again);
});

/** The file operations during `work`, in order: syncs, renames and removals. */
async function watched(work: () => Promise<unknown>): Promise<string[]> {
  const told: string[] = [];
  const { open, rename, remove } = Deno;
  Deno.open = async (path, options) => {
    const file = await open(path, options);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      await sync();
      told.push(`sync ${path}`);
    };
    return file;
  };
  Deno.rename = async (from, to) => {
    await rename(from, to);
    told.push(`rename ${from}`);
  };
  Deno.remove = async (path, options) => {
    await remove(path, options);
    told.push(`remove ${path}`);
  };
  try {
    await work();
  } finally {
    Object.assign(Deno, { open, rename, remove });
  }
  return told;
}

Deno.test("a checkpoint is on disk before the previous one is deleted", async () => {
  await using open = await opened("llama");
  const { checkpoints, layout, folder } = open;
  const save = (step: number) =>
    checkpoints.save({ progress: progress(step), state: stateOf(layout.size, step) });
  await save(1);
  const told = await watched(() => save(2));
  const [before, draft] = [join(folder, "step-000001"), join(folder, "step-000002.new")];
  const files = await namesIn(join(folder, "step-000002"));
  const inTrainer = await namesIn(join(folder, "step-000002", "trainer"));
  const [renamed, removed] = [told.indexOf(`rename ${draft}`), told.indexOf(`remove ${before}`)];
  const synced = told.slice(0, renamed);
  const all = [...files, ...inTrainer.map((name) => join("trainer", name))];
  for (const path of [draft, ...all.map((name) => join(draft, name))]) {
    assert.ok(synced.includes(`sync ${path}`), `${path} is not synced before it has its name`);
  }
  assert.ok(all.length > 5 && renamed > 0);
  assert.ok(told.slice(renamed, removed).includes(`sync ${folder}`), "nor is the name itself");
});

Deno.test("a checkpoint of another critic, or a damaged one, is refused", async () => {
  await using separate = await opened("llama", "separate");
  await separate.checkpoints.save({
    progress: progress(1),
    state: stateOf(separate.layout.size, 1),
  });
  await using shared = await opened("llama");
  const { policy, layout } = shared;
  const other = new Checkpoints(separate.folder, { policy, layout });
  await assert.rejects(other.latest(), {
    kind: "bad_usage",
    message:
      `Cannot resume from step-000001 as this policy and critic have ${layout.size} parameters: ` +
      `received ${separate.layout.size}`,
  });
  const path = join(separate.folder, "step-000001", "trainer", "progress.json");
  for (const wrong of [{}, { ...progress(1), step: -1 }, { ...progress(1), more: 1 }]) {
    await Deno.writeTextFile(path, JSON.stringify(wrong));
    await assert.rejects(separate.checkpoints.latest(), {
      kind: "bad_usage",
      message: `Cannot resume from a checkpoint as it is damaged: received ${path}`,
    });
  }
});

Deno.test("the original directory of a policy is not modified", async () => {
  const before = await namesIn(policyDirectory("llama"));
  await using open = await opened("llama");
  await open.checkpoints.save({ progress: progress(1), state: stateOf(open.layout.size, 1) });
  assert.deepEqual(await namesIn(policyDirectory("llama")), before);
});
