/**
 * Scores one completion of 8,192 tokens on a model of hidden size 1,024 with 16 heads and prints the
 * peak memory of the process, which the scores of all heads at once (4,096 MiB) would dwarf.
 *
 *     deno task bench:memory
 *
 * @module
 */

import { architectureOf } from "../../src/architectures/registry.ts";
import { scoringGraph } from "../../src/engine/passes/scoring.ts";
import { openEngine } from "../../src/engine/open.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { longConfig, writeBenchModel } from "./workload.ts";

const directory = await Deno.makeTempDir({ prefix: "abacus-bench-" });
try {
  await writeBenchModel(directory, longConfig);
  const architecture = architectureOf(longConfig);
  const graph = scoringGraph(architecture, new Ledger(await openCheckpoint(directory)));
  await using engine = await openEngine(graph, { architecture, device: "cpu" });
  await report("model loaded");
  for (const length of [512, 2048, 8192]) {
    const ids = Int32Array.from({ length }, (_, i) => (i * 7919) % longConfig.vocab_size);
    const { inferenceMs } = await engine.run([{
      ids,
      pool: [length - 1],
      rows: [],
      measure: ["attention"],
    }]);
    await report(`${length} tokens in ${Math.round(inferenceMs)} ms`);
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}

/** Linux keeps the peak of a process's resident memory under VmHWM; Deno itself may not read it there. */
async function report(what: string): Promise<void> {
  const args = ["VmHWM", `/proc/${Deno.pid}/status`];
  const { stdout } = await new Deno.Command("grep", { args }).output();
  const kibibytes = Number(/\d+/.exec(new TextDecoder().decode(stdout))?.[0]);
  const line = `${what.padEnd(28)} peak ${Math.round(kibibytes / 1024)} MiB\n`;
  await Deno.stdout.write(new TextEncoder().encode(line));
}
