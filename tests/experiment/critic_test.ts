import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { groupsOf, numbersOf } from "../../experiment/groups.ts";
import { readResults } from "../../experiment/results.ts";
import { endMean, meanOf } from "../../experiment/series.ts";
import { additiveTexts, type Foresight, foresightOf } from "../../experiment/critic.ts";

const of = (mean: number, method: string): Foresight =>
  foresightOf(additiveTexts({ tokens: 10, mean, deviation: 1 }), { method, beta: 0.8 });

Deno.test("at each position equal shares are foreseen as well as the whole score", () => {
  const [whole, shares] = [of(3, "terminal"), of(3, "uniform")];
  whole.byPosition.forEach((part, t) => {
    // Of ten alike tokens, t are known.
    assert.ok(Math.abs(part - t / 10) < 1e-9);
    assert.ok(Math.abs(shares.byPosition[t]! - part) < 1e-9);
  });
});

Deno.test("over all positions less of the shares is foreseen, around zero by their weight alone", () => {
  const left = Array.from({ length: 10 }, (_, t) => 1 - 0.8 * t / 10);
  const weight = left.reduce((sum, share) => sum + share ** 2, 0);
  const foreseen = left.reduce((sum, share, t) => sum + share ** 2 * t / 10, 0);
  assert.ok(Math.abs(of(0, "uniform").best - foreseen / weight) < 1e-9);
  assert.ok(Math.abs(of(0, "terminal").best - 0.45) < 1e-9);
});

Deno.test("a critic that does not know what was paid foresees no more however large the scores", () => {
  for (const mean of [0, 1, 3, 10]) {
    assert.ok(of(mean, "uniform").blind < 0.25, `mean ${mean}`);
    const whole = of(mean, "terminal");
    assert.ok(Math.abs(whole.blind - whole.best) < 1e-9, "the whole score is never paid before");
  }
  assert.ok(of(10, "uniform").best > 0.9);
});

Deno.test("the score times the share that is left is the best critic of equal shares", () => {
  const texts = additiveTexts({ tokens: 6, mean: 2, deviation: 1 });
  const { best } = foresightOf(texts, { method: "uniform", beta: 0.8 });
  const states = texts.flatMap(({ tokens, score }) =>
    tokens.map((_, t) => {
      const alike = texts.filter((other) =>
        tokens.slice(0, t).every((w, i) => other.tokens[i] === w)
      );
      const left = 1 - 0.8 * t / 6;
      return { toGo: left * score, value: left * meanOf(alike.map((other) => other.score)) };
    })
  );
  const mean = meanOf(states.map(({ toGo }) => toGo));
  const missed = meanOf(states.map(({ toGo, value }) => (toGo - value) ** 2));
  const total = meanOf(states.map(({ toGo }) => (toGo - mean) ** 2));
  assert.ok(Math.abs(best - (1 - missed / total)) < 1e-9);
});

Deno.test("docs/reward-to-go.md has these numbers", () => {
  const page = readFileSync(new URL("../../docs/reward-to-go.md", import.meta.url), "utf8");
  for (const method of ["terminal", "uniform"]) {
    for (const mean of [0, 3]) {
      const { best, blind } = of(mean, method);
      const row = [`\`${method}\``, mean, best.toFixed(3), blind.toFixed(3)].join(" *\\| *");
      assert.match(page, new RegExp(row));
    }
  }
});

Deno.test("docs/reward-to-go.md has what the published runs explained at their end", () => {
  const page = readFileSync(new URL("../../docs/reward-to-go.md", import.meta.url), "utf8");
  const { runs } = readResults(fileURLToPath(new URL("../../docs/experiment", import.meta.url)));
  const explained = new Map(
    groupsOf(runs, "masked").map((group) => [
      group.name,
      meanOf(numbersOf(group, (run) => endMean(run, "explained_variance", "last"))).toFixed(2),
    ]),
  );
  assert.match(
    page.replaceAll(/\s+/g, " "),
    new RegExp(
      `\`terminal\` reaches ${explained.get("terminal")}, \`uniform\` ${
        explained.get("uniform")
      } ` +
        `and \`abc\` ${explained.get("abc")}\\.`,
    ),
  );
});
