import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { planJobs } from "../../experiment/plan.ts";
import { publishedSummaries } from "../../experiment/results.ts";
import {
  expectWeights,
  firstWeights,
  isOfWeights,
  madeRewardModels,
  rewardModelOf,
  weightsOf,
  weightsOfRun,
} from "../../experiment/reward_models.ts";
import { fakeRun } from "./fake_run.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bundled = `${root}models/movie-reward`;
const models = { rewardModel: bundled, otherRewardModels: madeRewardModels };
const [main, frontier] = (["main", "frontier"] as const)
  .map((phase) => fakeRun(planJobs([phase])[0]!).summary);

Deno.test("an arm is scored by the usual model unless it names another", () => {
  assert.equal(rewardModelOf({}, models), bundled);
  assert.equal(rewardModelOf({ rewardModel: "pairs" }, models), "models/movie-reward-pairs");
});

Deno.test("weights are told by the digest of their file, if there is one", () => {
  assert.match(weightsOf(bundled)!, /^[0-9a-f]{64}$/);
  assert.equal(weightsOf("no/such/model"), undefined);
});

Deno.test("runs that state no weights are those of the first edition's", () => {
  assert.equal(weightsOfRun(main!), firstWeights);
  assert.equal(weightsOfRun({ rewardWeights: "0123" }), "0123");
});

Deno.test("a run of the second edition counts only for the weights that scored it", () => {
  const counts = isOfWeights(models);
  const rewardWeights = weightsOf(bundled)!;
  assert.ok(counts({ ...frontier!, rewardWeights }));
  assert.ok(!counts({ ...frontier!, rewardWeights: "0123" }));
  assert.ok(counts({ ...main!, rewardWeights: "0123" }), "the first edition is finished");
});

Deno.test("what is published of the first edition is of the first weights", () => {
  const published = publishedSummaries(`${root}docs/experiment`);
  assert.ok(published.length > 0);
  expectWeights(firstWeights, ["main", "beta", "endless", "masked", "lengths"], published);
});
