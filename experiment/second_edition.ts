/**
 * Second edition: the phases in which methods are compared at equal KL, with completions of one length and
 * prompts for evaluation that training has not seen. Pure.
 *
 * @module
 */

import {
  type Arm,
  type Method,
  type OtherRewardModel,
  type Phase,
  usualBeta,
  usualKlCoefficient,
} from "./arms.ts";
import frozen from "./choice.json" with { type: "json" };

/** Completions of exactly so many tokens. EOS is masked, so that every method writes texts of one length. */
function ofLength(tokens: number) {
  return {
    beta: usualBeta,
    minNewTokens: tokens,
    maxNewTokens: tokens,
    varyLength: false,
    forbiddenEnd: "masked",
    evaluated: true,
  } as const;
}

/** The methods in question, and the control for whether the place of credit matters at all. */
const [compared, control] = [["abc", "terminal", "red"], ["permuted"]] as const;

/**
 * Every method at every coefficient, the most decisive first: the machine may be lent for less than a phase
 * takes.
 */
function ladder(tokens: number, coefficients: readonly number[]): Arm[] {
  return [compared, control].flatMap((methods) =>
    coefficients.flatMap((klCoefficient) =>
      methods.map((method) => ({ method, klCoefficient, ...ofLength(tokens) }))
    )
  );
}

/** A remedy, an estimator or a unit, as flags of the trainer. */
type Flags = NonNullable<Arm["flags"]>;

/** Every method with every choice of flags, at the first edition's coefficient. */
function crossed(
  methods: readonly Method[],
  choices: readonly Flags[],
  { tokens = 64, klCoefficient = usualKlCoefficient } = {},
): Arm[] {
  return choices.flatMap((flags) =>
    methods.map((method) => ({ method, klCoefficient, ...ofLength(tokens), flags }))
  );
}

const methodAndCoefficient = ({ method, maxNewTokens, klCoefficient }: Arm) =>
  `${method}, ${maxNewTokens} tokens, coefficient ${klCoefficient}`;

/** As in `abc, 64 tokens, coefficient 0.1, lambda 1`. */
const andFlags = (arm: Arm) =>
  [
    methodAndCoefficient(arm),
    ...Object.entries(arm.flags ?? {}).map(([name, value]) => `${name} ${value}`),
  ].join(", ");

const andRewardModel = (arm: Arm) =>
  `${methodAndCoefficient(arm)}, reward model ${arm.rewardModel}`;

/** Remedies for a critic that foresees little: see docs/reward-to-go.md. Without one, it is in `frontier`. */
const remedies: readonly Flags[] = [
  { critic: "separate", "value-coefficient": 1 },
  { critic: "separate" },
  { "value-coefficient": 1 },
  { "value-lambda": 1 },
  { "value-warm-up-steps": 5 },
];

/** Added when the others had shown that `terminal` gains most by these. */
const remediesOfRed: readonly Flags[] = [{ critic: "separate" }, { "value-lambda": 1 }];

function estimatorOf(estimators: readonly Flags[], what: string): Phase {
  return {
    summary: `${what}, 64 tokens (lambda 0.95 and gamma 1 are in the frontier)`,
    seeds: 5,
    steps: 50,
    arms: crossed(compared, estimators),
    nameOf: andFlags,
  };
}

/** Units larger than a token. */
const units: readonly Flags[] = [{ "credit-unit": "sentence" }, { "credit-unit": "clause" }];

/** Rates and lambdas, with a critic of its own, by which `critics` found `terminal` and `abc` to gain. */
function tunedBy(rates: readonly number[], lambdas: readonly number[]): Flags[] {
  return rates.flatMap((rate) =>
    lambdas.map((lambda) => ({ critic: "separate", "learning-rate": rate, lambda }))
  );
}

/**
 * What each method is tuned over, on two seeds: the learning rate, lambda and the coefficient. The grid was first of
 * the trainer's own rate and a larger one, lambdas of 0.95 and 1, and coefficients of 0.05 and 0.1, and was extended
 * twice where methods were best at an edge of it: by a larger coefficient, and by a smaller rate and lambda.
 */
const tunings: readonly Arm[] = [
  ...tuningsOf([0.05, 0.1], tunedBy([0.0003, 0.001], [0.95, 1])),
  ...tuningsOf([0.2], tunedBy([0.0003], [0.95, 1])),
  ...tuningsOf([0.1], [...tunedBy([0.0001], [0.95]), ...tunedBy([0.0003], [0.9])]),
  ...tuningsOf([0.05], tunedBy([0.0001], [0.95, 0.9])),
  ...tuningsOf([0.1], tunedBy([0.0001], [0.9])),
];

function tuningsOf(coefficients: readonly number[], choices: readonly Flags[]): Arm[] {
  return coefficients.flatMap((klCoefficient) => crossed(compared, choices, { klCoefficient }));
}

/** Without a critic: the groups that are published for each, whose completions are compared with each other. */
const criticFree: readonly Flags[] = [
  { algorithm: "rloo", "completions-per-prompt": 4 },
  { algorithm: "grpo", "completions-per-prompt": 8 },
];

/** The methods under a reward model that `models/recipe` makes, at the first edition's coefficient. */
function scoredBy(rewardModel: OtherRewardModel): Arm[] {
  return compared.map((method) => (
    { method, klCoefficient: usualKlCoefficient, ...ofLength(64), rewardModel }
  ));
}

/** What `choice.ts` wrote down; nothing before `tuning` is finished. */
function chosen(): Arm[] {
  return (frozen as Pick<Arm, "method" | "klCoefficient" | "flags">[])
    .map(({ method, klCoefficient, flags }) => (
      { method, klCoefficient, ...ofLength(64), flags } as Arm
    ));
}

/** Coefficients are phases apart, so that one of them is whole while the others are not begun. */
function frontierOf(tokens: number, coefficients: readonly number[]): Phase {
  return {
    summary: `method by KL coefficient (${coefficients.join(", ")}), ${tokens} tokens`,
    seeds: 5,
    steps: 50,
    arms: ladder(tokens, coefficients),
    nameOf: methodAndCoefficient,
  };
}

function unitsOf(tokens: number): Phase {
  return {
    summary: `credit per clause and per sentence, ${tokens} tokens (per token is in the frontier)`,
    seeds: 5,
    steps: 50,
    arms: crossed(["red", "abc"], units, { tokens }),
    nameOf: andFlags,
  };
}

/** The first edition's texts, of 8 to 16 tokens, whose end the reward model reads or does not. */
const ending: readonly Arm[] = [true, false].flatMap((endRead) =>
  compared.map((method) => ({
    method,
    klCoefficient: usualKlCoefficient,
    ...ofLength(16),
    minNewTokens: 8,
    varyLength: true,
    endRead,
  }))
);

/** Every phase of the second edition. */
export const secondEdition = {
  frontier: frontierOf(64, [0.1, 0.05]),
  "frontier-outer": frontierOf(64, [0.2, 0.02]),
  "frontier-32": frontierOf(32, [0.1]),
  "frontier-32-outer": frontierOf(32, [0.05, 0.02]),
  "frontier-128": frontierOf(128, [0.1]),
  critics: {
    summary:
      "remedies for the critic under abc, 64 tokens, and two for red, added when two seeds of the others were known",
    seeds: 5,
    steps: 50,
    arms: [...crossed(["abc", "terminal"], remedies), ...crossed(["red"], remediesOfRed)],
    nameOf: andFlags,
  },
  estimator: estimatorOf([{ lambda: 1, gamma: 1 }], "lambda 1"),
  "estimator-outer": estimatorOf(
    [{ lambda: 0.9, gamma: 1 }, { lambda: 1, gamma: 0.95 }],
    "lambda 0.9, and gamma 0.95",
  ),
  "estimator-permuted": {
    summary:
      "abc at lambda 0.9 with its shares in a random order; added when estimator-outer was known",
    seeds: 5,
    steps: 50,
    arms: crossed(control, [{ lambda: 0.9, gamma: 1 }]),
    nameOf: andFlags,
  },
  "estimator-gamma": estimatorOf(
    [{ lambda: 1, gamma: 0.9 }],
    "gamma 0.9 at lambda 1, added when gamma 0.95 was known",
  ),
  units: unitsOf(64),
  "units-32": unitsOf(32),
  "units-128": unitsOf(128),
  "critic-free": {
    summary: "RLOO and GRPO with token rewards, 64 tokens",
    seeds: 5,
    steps: 50,
    arms: crossed(compared, criticFree),
    nameOf: andFlags,
  },
  "units-critic-free": {
    summary: "red per sentence without a critic, 64 tokens (per token is in critic-free)",
    seeds: 5,
    steps: 50,
    arms: crossed(["red"], [
      { algorithm: "rloo", "completions-per-prompt": 4, "credit-unit": "sentence" },
    ]),
    nameOf: andFlags,
  },
  "units-critics": {
    summary:
      "red per clause and per sentence with a critic of its own, 64 tokens (per token is in critics)",
    seeds: 5,
    steps: 50,
    arms: crossed(["red"], units.map((unit) => ({ critic: "separate", ...unit }))),
    nameOf: andFlags,
  },
  "red-beta": {
    summary: "red with other shares than 0.8, with a critic and without one, 64 tokens",
    seeds: 5,
    steps: 50,
    arms: [
      ...crossed(["red"], [{}]).flatMap((arm) => [{ ...arm, beta: 0.5 }, { ...arm, beta: 1 }]),
      ...crossed(["red"], [criticFree[0]!]).map((arm) => ({ ...arm, beta: 0.5 })),
    ],
    nameOf: (arm) => `${andFlags(arm)}, beta ${arm.beta}`,
  },
  "reward-models": {
    summary:
      "a reward model of 1.1 million weights, and one trained by pairs (3.3 by labels is in the frontier)",
    seeds: 5,
    steps: 50,
    arms: (["small", "pairs"] as const).flatMap(scoredBy),
    nameOf: andRewardModel,
  },
  "read-end": {
    summary:
      "completions of 8 to 16 tokens that may end from the 8th on, whose EOS the reward model reads or does not",
    seeds: 5,
    steps: 100,
    arms: ending,
    nameOf: ({ method, endRead }) => `${method}, end ${endRead ? "read" : "not read"}`,
  },
  tuning: {
    summary:
      "each method by itself with a critic of its own, 64 tokens, to choose from and not to compare by; extended " +
      "twice where the best setting was at an edge",
    seeds: 2,
    steps: 50,
    arms: tunings,
    nameOf: andFlags,
  },
  tuned: {
    summary:
      "each method with the setting chosen from tuning, and seeds that had no part in the choice",
    seeds: 10,
    firstSeed: 101,
    steps: 50,
    arms: chosen(),
    nameOf: andFlags,
  },
  "tuned-permuted": {
    summary:
      "abc as in tuned, with its shares in a random order and the same seeds; added when tuned was known",
    seeds: 10,
    firstSeed: 101,
    steps: 50,
    arms: chosen().filter(({ method }) => method === "abc")
      .map((arm) => ({ ...arm, method: control[0] })),
    nameOf: andFlags,
  },
} satisfies Record<string, Phase>;

/** The phases that score and KL are drawn from. */
export const frontierPhases = [
  "frontier",
  "frontier-outer",
  "frontier-32",
  "frontier-32-outer",
  "frontier-128",
] as const;
