import assert from "node:assert/strict";
import {
  EngineOpener,
  oneDevice,
  type Placement,
  placementNotes,
  placementOf,
  type PlacementSettings,
} from "../../src/cli/placement.ts";

const machine = { cores: 8, deno: () => "deno" };

const placements: readonly [
  what: string,
  settings: Partial<PlacementSettings>,
  expected: Partial<Placement>,
][] = [
  ["one replica has every core", {}, { devices: ["cpu"], threads: undefined }],
  ["replicas divide the cores", { replicas: 3 }, { devices: ["cpu", "cpu", "cpu"], threads: 2 }],
  ["more replicas than cores have a thread", { replicas: 9 }, { threads: 1 }],
  ["--threads says how many each has", { replicas: 3, threads: 5 }, { threads: 5 }],
  ["one for each device", { device: "cuda:0,cuda:1" }, {
    devices: ["cuda:0", "cuda:1"],
    threads: 4,
  }],
  ["the same said twice", { device: "cpu,cpu", replicas: 2 }, { devices: ["cpu", "cpu"] }],
  ["processes where they are asked for", { isolate: true }, { deno: "deno" }],
  ["threads otherwise", {}, { deno: undefined }],
];

for (const [what, settings, expected] of placements) {
  Deno.test(`placement: ${what}`, () => {
    const found = placementOf({ device: "cpu", threads: undefined, ...settings }, machine);
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(found[name as keyof Placement], value);
    }
  });
}

Deno.test("as many replicas as devices, or one of the two", () => {
  const wrong = { device: "cpu,cpu", threads: undefined, replicas: 3 };
  assert.throws(() => placementOf(wrong, machine), {
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
  assert.match(placementNotes(threads, { isolate: true })[0]!, /not given --allow-run=deno, or/);
  assert.deepEqual(placementNotes(threads, { isolate: false }), []);
  assert.deepEqual(placementNotes({ ...threads, deno: "deno" }, { isolate: true }), []);
});
