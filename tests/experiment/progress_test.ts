import assert from "node:assert/strict";
import { planJobs } from "../../experiment/plan.ts";
import { leftLine, planLines, remaining, secondsLeft } from "../../experiment/progress.ts";

const plan = planJobs(["main", "lengths"], { steps: 10, seeds: 2 });
const machine = { processor: "a processor", cores: 2, deno: "2.9.6", jobs: 2 };
const over = plan.slice(0, 3)
  .map((job, at) => ({ ...job, complete: at !== 1, seconds: 40, machine }));
const one = { jobs: 1, device: "cpu" };
const two = { jobs: 2, device: "cpu" };

Deno.test("what is complete is not done again, what failed is", () => {
  const left = remaining(plan, over);
  assert.equal(left.length, plan.length - 2);
  assert.equal(left[0]!.id, plan[1]!.id);
  const longer = plan.map((job) => ({ ...job, steps: 11 }));
  assert.equal(remaining(longer, over).length, plan.length, "done with fewer steps is not done");
});

Deno.test("time left: alike runs take alike, longer ones in proportion to their tokens", () => {
  const short = plan.find(({ maxNewTokens }) => maxNewTokens === 16)!;
  const long = plan.find(({ maxNewTokens }) => maxNewTokens === 64)!;
  assert.equal(secondsLeft([short], over, one), 40);
  assert.equal(secondsLeft([long], over, one), 160);
  assert.equal(secondsLeft([short, long], over, two), 100);
  assert.equal(secondsLeft([{ ...short, steps: 5 }], over, one), 20);
  assert.equal(secondsLeft([short], [], one), undefined);
  const elsewhere = { ...one, device: "cuda" };
  assert.equal(secondsLeft([short], over, elsewhere), undefined, "another device tells nothing");
});

Deno.test("runs that end when they like tell nothing of runs that cannot, if there are others", () => {
  const [job] = plan.filter(({ maxNewTokens }) => maxNewTokens === 64);
  const fixed = { ...job!, minNewTokens: 64 };
  const finished = [
    { ...job!, complete: true, seconds: 10, machine },
    { ...fixed, complete: true, seconds: 90, machine },
  ];
  assert.equal(secondsLeft([fixed], finished, one), 90);
  assert.equal(secondsLeft([job!], finished, one), 10);
});

Deno.test("the plan for a reader", () => {
  const lines = planLines(plan, over, two);
  assert.match(lines[0]!, /^main +2 of +12 runs done, 6 arms x 2 seeds x 10 steps: /);
  assert.match(lines.at(-1)!, /^28 runs left, about 17 min 20 s with 2 at once$/);
  assert.equal(leftLine([], over, two), "nothing left to do");
});
