import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Batcher } from "../../src/batch/batcher.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { assertClose } from "../support/golden_model.ts";
import { scoreNative } from "../support/native_scorer.ts";
import { findPython, PythonPeer } from "../support/python.ts";
import { testWhere } from "../support/test_where.ts";

const python = await findPython(["torch", "transformers"]);
const directory = (name: string) => fileURLToPath(new URL(`../../models/${name}`, import.meta.url));

const prompts = ["The movie was", "Not bad at all, ", "", "I laughed \u{1f602}; then"];
const completions = [
  " a warm, funny film with real heart.",
  "A DULL, lifeless mess !  ( really )",
  " tr\u00e8s bon \u{1f469}\u200d\u{1f680}\n\nand so on . . .",
  `${" it goes on and on, for better or worse,".repeat(30)}`,
  " it ends.</s>",
  " it was padded.<pad><pad>",
];

interface Answer {
  readonly score: number;
  readonly position: number;
  readonly token_ids: readonly number[];
  readonly offsets: readonly (readonly [number, number])[];
  readonly attention: readonly number[];
}

/** The spans without leading space, which transformers leaves out and Abacus keeps. */
function trimmed(
  offsets: readonly (readonly [number, number])[],
  completion: string,
): (readonly [number, number])[] {
  const characters = [...completion];
  return offsets.map(([start, end]) => {
    let from = start;
    while (from < end && /\s/u.test(characters[from] ?? "")) from++;
    return [from, end];
  });
}

testWhere({
  name: "transformers loads the bundled models unchanged and gives the same scores and credit",
  missing: python === undefined ? "no Python with torch and transformers" : undefined,
  fn: async () => {
    const directories = [directory("movie-reward"), directory("movie-policy")];
    const script = new URL("../oracle/scores.py", import.meta.url);
    await using peer = await PythonPeer.start(python ?? "", script, directories);
    assert.deepEqual(peer.greeting["complaints"], {});
    assert.equal(peer.greeting["same_tokenizer"], true);
    assert.ok(String(peer.greeting["sample"]).length > "The movie".length);

    await using model = await loadModel(directory("movie-reward"), { device: "cpu", threads: 1 });
    const scorer = createScorer(model, new Batcher(model.engine));
    const items = prompts.map((prompt) => ({ prompt, completions }));
    const reply = await scoreNative(scorer, { items, credit: { method: "abc", beta: 1 } });
    for (const [i, prompt] of prompts.entries()) {
      for (const [j, completion] of completions.entries()) {
        const ours = reply.items[i]!.completions[j]!;
        const theirs = await peer.ask<Answer>({ prompt, completion });
        const what = `${JSON.stringify(prompt)} + ${JSON.stringify(completion.slice(0, 40))}`;
        assertClose([ours.score], [theirs.score], { tolerance: 1e-3, what });
        assert.deepEqual(ours.token_ids, theirs.token_ids, what);
        assert.equal(ours.read_at?.position, theirs.position, what);
        assert.deepEqual(trimmed(ours.offsets!, completion), theirs.offsets, what);
        const mass = theirs.attention.reduce((sum, weight) => sum + weight, 0);
        const shares = theirs.attention.map((weight) => weight / mass);
        assertClose(ours.credit as number[], shares, { tolerance: 1e-3, what });
      }
    }
  },
});
