import assert from "node:assert/strict";
import {
  EngineOpener,
  oneDevice,
  type Placement,
  placementNotes,
  type PlacementSettings,
  placementsOf,
} from "../../src/cli/placement.ts";

const machine = { cores: 8, deno: () => "deno" };

function placementOf(settings: Partial<PlacementSettings>): Placement {
  return placementsOf([{ device: "cpu", threads: undefined, ...settings }], machine)[0]!;
}

const placements: readonly [
  what: string,
  settings: Partial<PlacementSettings>,
  expected: Partial<Placement>,
][] = [
  ["one replica has every core", {}, { devices: ["cpu"], threads: 8 }],
  ["replicas divide the cores", { replicas: 3 }, { devices: ["cpu", "cpu", "cpu"], threads: 2 }],
  ["more replicas than cores have a thread", { replicas: 9 }, { threads: 1 }],
  ["--threads says how many each has", { replicas: 3, threads: 5 }, { threads: 5 }],
  ["one for each device, which use no cores", { device: "cuda:0,cuda:1" }, {
    devices: ["cuda:0", "cuda:1"],
    threads: 8,
  }],
  ["the same said twice", { device: "cpu,cpu", replicas: 2 }, { devices: ["cpu", "cpu"] }],
  ["processes where they are asked for", { isolate: true }, { deno: "deno" }],
  ["threads otherwise", {}, { deno: undefined }],
];

for (const [what, settings, expected] of placements) {
  Deno.test(`placement: ${what}`, () => {
    const found = placementOf(settings);
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(found[name as keyof Placement], value);
    }
  });
}

const shares: readonly [what: string, models: Partial<PlacementSettings>[], threads: number[]][] = [
  ["models divide the cores", [{}, {}, {}], [2, 2, 2]],
  ["what one has of its own is taken off first", [{}, { threads: 1 }, {}], [3, 1, 3]],
  ["there is one for each at least", [{ threads: 8 }, {}], [8, 1]],
  ["a named GPU uses none", [{ device: "cuda:0" }, { device: "webgpu" }, {}], [8, 8, 8]],
  ["what may come to the CPU does", [{ device: "auto" }, {}], [4, 4]],
  ["replicas count each", [{ device: "cpu,cpu,cpu" }, {}], [2, 2]],
];

for (const [what, models, threads] of shares) {
  Deno.test(`threads: ${what}`, () => {
    const all = models.map((each) => ({
      ...{ device: "cpu", threads: undefined, isolate: true },
      ...each,
    }));
    assert.deepEqual(placementsOf(all, machine).map((each) => each.threads), threads);
  });
}

Deno.test("threads: models that take turns in one thread have every core", () => {
  const both = [1, 2].map(() => ({ device: "cpu", threads: undefined, isolate: true }));
  const found = placementsOf(both, { ...machine, deno: () => undefined });
  assert.deepEqual(found.map(({ threads }) => threads), [8, 8]);
});

Deno.test("as many replicas as devices, or one of the two", () => {
  assert.throws(() => placementOf({ device: "cpu,cpu", replicas: 3 }), {
    kind: "bad_usage",
    message: "Cannot place --replicas 3 as --device names 2 places: received cpu,cpu",
  });
});

Deno.test("commands with one engine take one device", () => {
  assert.equal(oneDevice("cuda:1"), "cuda:1");
  assert.throws(() => oneDevice("cpu,cpu"), {
    kind: "bad_usage",
    message: "Cannot run on several devices as only serve has replicas: received --device cpu,cpu",
  });
});

Deno.test("replicas as threads are for one model on the CPU", () => {
  const threads = { threads: 1, deno: undefined };
  const open = (devices: Placement["devices"], models: number) =>
    new EngineOpener(models).open({ ...threads, devices }, { onDeath() {}, onMemory() {} });
  open(["cpu", "cpu"], 1);
  open(["webgpu"], 2);
  for (const [devices, models] of [[["cpu", "cpu"], 2], [["webgpu", "webgpu"], 1]] as const) {
    assert.throws(() => open(devices, models), {
      kind: "bad_usage",
      message: /^Cannot run replicas as threads unless .*: received \w+, \w+, \d models$/,
    });
  }
});

Deno.test("it is said where a crash would end the server against the user's will", () => {
  const threads = { devices: ["cpu"], threads: 1, deno: undefined } as const;
  assert.match(placementNotes([threads], { isolate: true })[0]!, /not given --allow-run=deno, or/);
  assert.deepEqual(placementNotes([threads], { isolate: false }), []);
  assert.deepEqual(placementNotes([{ ...threads, deno: "deno" }], { isolate: true }), []);
});
