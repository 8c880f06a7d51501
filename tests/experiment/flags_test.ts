import assert from "node:assert/strict";
import { trainerFlags } from "../../experiment/flags.ts";
import { planJobs } from "../../experiment/plan.ts";

const [job] = planJobs(["main"]);
const surroundings = {
  serverUrl: "http://127.0.0.1:1",
  policy: "models/movie-policy",
  prompts: "p.jsonl",
  device: "cuda",
  out: "o",
  more: [],
};

Deno.test("a run of the plan in the trainer's words", () => {
  assert.equal(
    trainerFlags(job!, surroundings).join(" "),
    "--server http://127.0.0.1:1 --policy models/movie-policy --credit abc --beta 0.8 " +
      "--prompts p.jsonl --steps 100 --min-new-tokens 8 --max-new-tokens 16 " +
      "--forbidden-end counted --seed 1 --device cuda --batch 64 --temperature 1 --samples 8 " +
      "--checkpoint-every 25 --threads 1 --out o --vary-length",
  );
});

Deno.test("a word given replaces ours, and others are added", () => {
  const words = trainerFlags(job!, {
    ...surroundings,
    more: ["--batch=32", "--learning-rate", "1e-4"],
  });
  assert.equal(words.filter((word) => word.startsWith("--batch")).join(), "--batch=32");
  assert.ok(!words.includes("64"));
  assert.deepEqual(words.slice(-2), ["--learning-rate", "1e-4"]);
});
