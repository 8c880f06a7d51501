import assert from "node:assert/strict";
import { trainerFlags } from "../../experiment/flags.ts";
import { planJobs } from "../../experiment/plan.ts";

const [job] = planJobs(["main"]);
const frontier = planJobs(["frontier"]);
const surroundings = {
  serverUrl: "http://127.0.0.1:1",
  policy: "models/movie-policy",
  permutingUrl: "http://127.0.0.1:2",
  prompts: { all: "p.jsonl", trained: "t.jsonl", heldOut: "h.jsonl" },
  device: "cuda",
  out: "o",
  more: [],
};

Deno.test("a run of the plan in the trainer's words", () => {
  assert.equal(
    trainerFlags(job!, surroundings).join(" "),
    "--server http://127.0.0.1:1 --credit abc --policy models/movie-policy --beta 0.8 " +
      "--prompts p.jsonl --samples 8 --steps 100 --min-new-tokens 8 --max-new-tokens 16 " +
      "--forbidden-end counted --kl-coefficient 0.1 --seed 1 --device cuda --batch 64 " +
      "--temperature 1 --checkpoint-every 25 --threads 1 --reward-timeout-ms 3600000 --send text " +
      "--out o --vary-length --no-send-end-of-text",
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

Deno.test("an evaluated run is not trained on the prompts that it is evaluated on", () => {
  const run = frontier.find(({ method }) => method === "red")!;
  const words = trainerFlags(run, surroundings).join(" ");
  assert.match(words, /--server http:\/\/127\.0\.0\.1:1 --credit red /);
  assert.match(
    words,
    /--prompts t\.jsonl --eval-prompts h\.jsonl --eval-every 10 --eval-limit 128 --samples 32/,
  );
  assert.match(words, /--min-new-tokens 64 --max-new-tokens 64 --forbidden-end masked/);
});

Deno.test("the end of a text is sent where an arm has it read", () => {
  const sent = planJobs(["read-end"]).slice(0, 4).map((run) =>
    trainerFlags(run, surroundings).filter((word) => word.includes("end-of-text")).join()
  );
  const [read, not] = ["--send-end-of-text", "--no-send-end-of-text"];
  assert.deepEqual(sent, [read, read, read, not]);
});

Deno.test("the permuted control is abc, by way of the server that permutes", () => {
  const run = frontier.find(({ method, klCoefficient }) =>
    method === "permuted" && klCoefficient === 0.05
  )!;
  const words = trainerFlags(run, surroundings).join(" ");
  assert.match(words, /--server http:\/\/127\.0\.0\.1:2 --credit abc /);
  assert.match(words, /--kl-coefficient 0\.05 /);
});

Deno.test("what an arm says besides goes to the trainer, before what the user says", () => {
  const arm = { ...job!, flags: { lambda: 1, "kl-coefficient": 0.2 } };
  const words = trainerFlags(arm, { ...surroundings, more: ["--lambda=0.9"] }).join(" ");
  assert.match(words, /--kl-coefficient 0\.2 /);
  assert.match(words, / --lambda=0\.9$/);
  assert.doesNotMatch(words, /--lambda 1/);
});
