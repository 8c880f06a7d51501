import assert from "node:assert/strict";
import { seeded } from "../seeded.ts";
import { noiseOf, withoutDrift } from "./noise.ts";

const [TOKENS, TEXTS, PER_PROMPT] = [16, 4_000, 4];

/** Texts whose score is the sum of gains and losses of 1, and what of it was decided before each token. */
function walks(drift = 0) {
  const random = seeded(3);
  const potentials: Float64Array[] = [];
  const scores: number[] = [];
  for (let text = 0; text < TEXTS; text++) {
    let sum = 0;
    potentials.push(
      Float64Array.from({ length: TOKENS }, () => {
        const before = sum;
        sum += drift + (random() < 0.5 ? -1 : 1);
        return before;
      }),
    );
    scores.push(sum);
  }
  return { scores, potentials, perPrompt: PER_PROMPT };
}

/** The potentials of units of so many tokens, the first unit of each text shorter by chance. */
function perUnit(potentials: readonly Float64Array[], length: number) {
  const random = seeded(5);
  const starts = potentials.map((row) => {
    const shift = Math.floor(random() * length);
    return Array.from(
      row,
      (_, t) => Math.max(0, Math.floor((t + shift) / length) * length - shift),
    );
  });
  return {
    starts,
    potentials: potentials.map((row, i) => row.map((_, t) => row[starts[i]![t]!]!)),
  };
}

const near = (found: number, wanted: number) =>
  assert.ok(Math.abs(found - wanted) < 0.03, `${found} where ${wanted} was expected`);

Deno.test("a potential of which all is known takes off about half of the noise", () => {
  const noise = noiseOf(walks());
  near(noise.of(0), 1);
  // Of n equal steps, n - t are to come before token t.
  near(noise.of(1), (TOKENS + 1) / (2 * TOKENS));
  near(noise.best, 1);
});

Deno.test("a potential that says nothing adds noise, and the best share of it is none", () => {
  const random = seeded(7);
  const { scores, potentials, perPrompt } = walks();
  const noise = noiseOf({
    scores,
    potentials: potentials.map((row) => row.map(() => 4 * (random() - 0.5))),
    perPrompt,
  });
  near(noise.best, 0);
  near(noise.of(1), 1 + (16 / 12) / TOKENS);
});

Deno.test("a rise over the text is noise of units alone, and goes with their drift", () => {
  const rising = walks(2);
  near(noiseOf(rising).of(1), noiseOf(walks()).of(1));
  const units = perUnit(rising.potentials, 8);
  const noise = noiseOf({ ...rising, potentials: units.potentials }).of(1);
  const level = withoutDrift(units.potentials, units.starts, rising.potentials);
  const flat = noiseOf({ ...walks(), potentials: perUnit(walks().potentials, 8).potentials }).of(1);
  assert.ok(noise > flat + 0.5, `${noise} beside ${flat}`);
  near(noiseOf({ ...rising, potentials: level }).of(1), flat);
});
