/** Engines over processes of their own, alone and as replicas, are held to what every engine promises. */

import { readBlueprint } from "../../src/model/blueprint.ts";
import { childPort } from "../../src/engine/child_port.ts";
import { lastingRuntime } from "../../src/engine/lasting_runtime.ts";
import { pooledRuntime } from "../../src/engine/pooled_runtime.ts";
import type { OpenEngineRuntime } from "../../src/engine/engine_runtime.ts";
import { withScaledToken } from "../support/altered_golden.ts";
import { goldenDirectory, openGolden } from "../support/golden_model.ts";
import { testEngine } from "./engine.ts";

const inProcess = lastingRuntime({ port: () => childPort(Deno.execPath()) });

const runtimes: Readonly<Record<string, OpenEngineRuntime>> = {
  "a process of its own": inProcess,
  "two replicas": pooledRuntime(inProcess, ["cpu", "cpu"]),
};

const { architecture: { head: { labels } } } = await readBlueprint(goldenDirectory("gpt2"));

for (const [where, runtime] of Object.entries(runtimes)) {
  testEngine({
    name: `the engine of gpt2 in ${where}`,
    attention: "causal",
    labels: labels.length,
    types: false,
    open: async () => {
      const labelWeights = labels.map((_, label) => 1 - label / 2);
      return (await openGolden("gpt2", { eager: true, labelWeights, runtime })).engine;
    },
    openPoisoned: async () => {
      await using altered = await withScaledToken("gpt2", { token: 3, factor: Infinity });
      return (await openGolden(altered.path, { runtime })).engine;
    },
  });
}
