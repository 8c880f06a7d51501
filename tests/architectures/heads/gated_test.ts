/** ArmoRM's head, held to its own code (tests/oracle/heads.py), with other tokens for its gate. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { causalClassifier } from "../../../src/architectures/classifier.ts";
import { gatedKind } from "../../../src/architectures/heads/gated.ts";
import { llama } from "../../../src/architectures/llama.ts";
import { architectureOf } from "../../../src/architectures/registry.ts";
import { openEngine } from "../../../src/engine/open.ts";
import { ownPassGraph } from "../../../src/engine/passes/own_pass.ts";
import { scoringGraph } from "../../../src/engine/passes/scoring.ts";
import { readConfig } from "../../../src/model/config_file.ts";
import { scoringOf } from "../../../src/model/scoring.ts";
import { pooledPositions } from "../../../src/text/pooling.ts";
import { Ledger } from "../../../src/weights/ledger.ts";
import { openCheckpoint } from "../../../src/weights/open.ts";
import { assertClose } from "../../support/golden_model.ts";

interface GatedSequence {
  readonly ids: readonly number[];
  /** Where the gate reads, and the score. */
  readonly pool: readonly [number, number];
  /** Score and objectives by the sequence's gate, position by position. */
  readonly answers: readonly number[];
  readonly attention: readonly number[];
  readonly attribution: readonly number[];
}

const folder = fileURLToPath(new URL("../../golden", import.meta.url));
const { gated }: { gated: { gate: number[]; sequences: GatedSequence[] } } = JSON.parse(
  Deno.readTextFileSync(`${folder}/heads.json`),
);
const { sequences } = gated;
const OUTPUTS = 6;

async function opened() {
  const directory = `${folder}/heads/armorm`;
  const fields = await readConfig(directory);
  const { tensors, ...checkpoint } = await openCheckpoint(directory);
  const source = { ...llama.read(fields), fields, stored: tensors };
  const kind = gatedKind(gated.gate);
  const architecture = causalClassifier("LlamaForRewardModelWithGating", source, kind);
  const ledger = () => new Ledger({ ...checkpoint, tensors });
  const weights = ledger();
  const graph = scoringGraph(architecture, weights);
  weights.settle();
  const labelWeights = scoringOf({ config: fields, architecture }, {}).rule.weights;
  const engine = await openEngine(graph, {
    architecture,
    device: "cpu",
    dtype: "float32",
    threads: 1,
    ownPass: (name) => ownPassGraph(name, { architecture, weights: ledger(), labelWeights }),
  });
  return { architecture, engine };
}

function queryOf({ ids, pool }: GatedSequence) {
  const rows = [...ids.keys()].slice(pool[0]);
  const measure = ["attention" as const, "gradient" as const];
  return { ids: Int32Array.from(ids), pool, rows, measure };
}

Deno.test("the score, the objectives, attention and gradients are those of ArmoRM's code, at every position", async () => {
  const { engine } = await opened();
  await using _closed = engine;
  for (const sequence of sequences) {
    const { outputs: [output] } = await engine.run([queryOf(sequence)]);
    const { answers, pool: [gate, read], attention, attribution } = sequence;
    const tolerance = 1e-4;
    const expected = answers.slice(read * OUTPUTS, (read + 1) * OUTPUTS);
    assertClose(output!.logits, expected, { tolerance, what: "pooled" });
    const rows = answers.slice(gate * OUTPUTS);
    assertClose(output!.rowLogits, rows, { tolerance, what: "rows" });
    assertClose(output!.measured.attention!, attention, { tolerance, what: "attention" });
    assertClose(output!.measured.gradient!, attribution, { tolerance: 1e-3, what: "gradient" });
  }
});

Deno.test("texts with common beginnings and gates of their own answer together as they do alone", async () => {
  const { engine } = await opened();
  await using _closed = engine;
  const queries = [...sequences, ...sequences.toReversed()].map(queryOf);
  const { outputs } = await engine.run(queries);
  for (const [i, query] of queries.entries()) {
    const { outputs: [alone] } = await engine.run([query]);
    const same = { tolerance: 1e-5, what: `query ${i}` };
    assertClose(outputs[i]!.logits, alone!.logits, same);
    assertClose(outputs[i]!.rowLogits, alone!.rowLogits, same);
    assertClose(outputs[i]!.measured.gradient!, alone!.measured.gradient!, same);
  }
});

Deno.test("gate and score are read where ArmoRM's code finds them", async () => {
  const { architecture, engine } = await opened();
  await engine[Symbol.asyncDispose]();
  for (const { ids, pool } of sequences) {
    assert.deepEqual(pooledPositions(Int32Array.from(ids), architecture.pooling), pool);
  }
  assert.throws(() => pooledPositions(Int32Array.of(1, 2, 3), architecture.pooling), {
    kind: "invalid_request",
    message:
      /where a prompt ends, at the tokens 5 6 9 7 8 before .*: received a text without them$/,
  });
});

const armorm = {
  architectures: ["LlamaForRewardModelWithGating"],
  model_type: "llama",
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  pad_token_id: 4,
};

Deno.test("the class reads Llama 3's tokens before an answer, and blends its objectives unless told otherwise", () => {
  const architecture = architectureOf(armorm);
  assert.deepEqual(architecture.pooling, {
    gate: [128_009, 128_006, 78_191, 128_007, 271],
    beforeFirst: 4,
  });
  const { labels } = architecture.head;
  assert.deepEqual([labels.length, labels[0], labels[1]], [20, "score", "helpsteer-helpfulness"]);
  const rule = (score?: string) =>
    scoringOf({ config: armorm, architecture }, score === undefined ? {} : { score }).rule.text;
  assert.equal(rule(), "score");
  assert.equal(rule("code-style=0.5,score=1"), "score + 0.5 code-style");
});

Deno.test("QRM, which has the same class and a head of its own, is refused by its field", () => {
  assert.throws(() => architectureOf({ ...armorm, num_quantiles: 19 }), {
    kind: "bad_model",
    path: "config.json",
    message: /"num_quantiles" says that it is QRM.*received 19$/,
  });
});
