import { openEngine } from "../../src/engine/open.ts";
import { ownPassGraph, ownPassNames } from "../../src/engine/passes/own_pass.ts";
import { ledgerOf, readBlueprint } from "../../src/model/blueprint.ts";
import { tinyModel, tinyTensors } from "../model/tiny_model.ts";
import type { TestTensor } from "../support/checkpoint.ts";
import { assertClose } from "../support/golden_model.ts";
import { tinyAdapter, tinyAdapterConfig, tinyAdapterTensors } from "./tiny_adapter.ts";

const scale = 2; // alpha / r of the tiny adapter

/** Matrices of the table of words beside the tiny adapter's own. */
const words: TestTensor[] = [
  { name: "base_model.model.model.embed_tokens.lora_embedding_A", shape: [2, 6] },
  { name: "base_model.model.model.embed_tokens.lora_embedding_B", shape: [8, 2] },
].map((tensor) => ({
  ...tensor,
  data: Array.from({ length: tensor.shape[0]! * tensor.shape[1]! }, (_, i) => ((i % 5) - 2) / 16),
}));

const adapterTensors = [...tinyAdapterTensors(), ...words];

/** The tiny model's tensors with the adapter merged into them. */
function merged(): TestTensor[] {
  const own = new Map(adapterTensors.map((tensor) => [tensor.name, tensor]));
  return tinyTensors().map((tensor) => {
    const module = `base_model.model.${tensor.name.replace(/\.weight$/, "")}`;
    const whole = own.get(`base_model.model.${tensor.name}`);
    if (whole !== undefined) return { ...whole, name: tensor.name };
    const [a, b] = [own.get(`${module}.lora_A.weight`), own.get(`${module}.lora_B.weight`)];
    if (a !== undefined && b !== undefined) return added(tensor, a, b);
    const [down, up] = [
      own.get(`${module}.lora_embedding_A`),
      own.get(`${module}.lora_embedding_B`),
    ];
    return down !== undefined && up !== undefined ? added(tensor, up, down, true) : tensor;
  });
}

/** `W + scale * B A`, `[outputs, inputs]`; of a table `W + scale * (B A).T`. */
function added(
  { name, shape, data }: TestTensor,
  ...[one, other, isTable = false]: [one: TestTensor, other: TestTensor, isTable?: boolean]
): TestTensor {
  const [down, up] = isTable ? [other, one] : [one, other];
  const [rank, inputs] = [down.shape[0]!, down.shape[1]!];
  const columns = shape[1]!;
  const sums = Array.from(data, (own, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [output, input] = isTable ? [column, row] : [row, column];
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      sum += up.data[output * rank + k]! * down.data[k * inputs + input]!;
    }
    return own + scale * sum;
  });
  return { name, shape, data: sums };
}

/** Everything that can be asked of a model, for two sequences. */
async function outputs(directory: string, base?: string) {
  const blueprint = await readBlueprint(directory, { base });
  const { architecture, graph } = blueprint;
  await using engine = await openEngine(graph, {
    architecture,
    device: "cpu",
    threads: 1,
    ownPass: (name) =>
      ownPassGraph(name, {
        architecture,
        weights: ledgerOf(blueprint, architecture),
        labelWeights: [1],
      }),
  });
  const queries = [[1, 2, 3, 4], [5, 4, 1]].map((ids) => ({
    ids: Int32Array.from(ids),
    pool: [ids.length - 1],
    rows: [...ids.keys()],
    measure: ["attention", ...ownPassNames] as const,
  }));
  return (await engine.run(queries)).outputs;
}

Deno.test("an adapted model answers in all passes as one with merged weights", async () => {
  await using base = await tinyModel();
  await using adapter = await tinyAdapter({
    config: tinyAdapterConfig({ target_modules: ["q_proj", "embed_tokens"] }),
    tensors: adapterTensors,
  });
  await using whole = await tinyModel({ tensors: merged() });
  const [found, wanted] = [await outputs(adapter.path, base.path), await outputs(whole.path)];
  for (const [i, { rowLogits, measured }] of wanted.entries()) {
    const tolerance = 1e-5;
    assertClose(found[i]!.rowLogits, rowLogits, { tolerance, what: "logits" });
    for (const name of ["attention", ...ownPassNames] as const) {
      assertClose(found[i]!.measured[name]!, measured[name]!, { tolerance, what: name });
    }
  }
});
