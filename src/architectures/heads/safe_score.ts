/**
 * Score head of safe-rlhf (PKU-Alignment, `safe_rlhf/models/score_model`), which the rewards and costs of
 * Beaver are made with: linear, and normalised by the statistics of training where config.json says so.
 *
 * @module
 */

import { z } from "zod";
import type { Parameters } from "../../layers/parameters.ts";
import { add, div, sqrt, sub } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { badConfiguration } from "../configuration.ts";
import type { Head } from "./head.ts";
import { countedLabels, type HeadKind } from "./head_kind.ts";
import { layeredHead } from "./layered.ts";
import { lastToken } from "./reading_places.ts";

/** What is added to the standard deviation (`Normalizer.normalize`). */
const EPSILON = 1e-8;

const configuration = z.object({
  score_dim: z.number().int().positive().default(1),
  bias: z.boolean().default(false),
  score_type: z.enum(["reward", "cost", "critic"]).default("reward"),
  do_normalize: z.boolean().default(false),
});

/** The head `score_head`, read at the last token. */
export const safeScoreHead: HeadKind = {
  tensor: "score_head.weight",
  head(source) {
    const { score_dim: outputs, bias, score_type, do_normalize } = configuration.parse(
      source.fields,
    );
    if (score_type === "critic") throw refuseCritic();
    const raw = layeredHead({
      inputs: source.trunk.dimensions.hidden,
      labels: countedLabels(source, outputs),
      layers: [{ name: "score_head", outputs, bias }],
    });
    return do_normalize ? normalised(raw, score_type === "reward") : unnormalised(raw);
  },
  pooling: lastToken,
};

/** `(score - mean) / std`; costs keep their zero, which parts what is safe from what is not. */
function normalised(raw: Head, centred: boolean): Head {
  return {
    ...raw,
    text: `${raw.text}, normalised`,
    unread: unreadStatistics(centred ? "count" : "mean|count"),
    write(states, at) {
      const statistic = (name: string) => statisticAt(at, name, raw.labels.length);
      const scores = raw.write(states, at);
      const shifted = centred ? sub(scores, statistic("mean")) : scores;
      return div(shifted, add(sqrt(statistic("var")), EPSILON));
    },
  };
}

function unnormalised(raw: Head): Head {
  return { ...raw, unread: unreadStatistics("mean|var|count") };
}

function unreadStatistics(names: string): NonNullable<Head["unread"]> {
  return [{
    pattern: new RegExp(`^normalizer\\.(${names})$`),
    reason: "statistics of rewards that the score does not depend on",
  }];
}

function statisticAt(at: Parameters, name: string, labels: number): Value {
  return at.at("normalizer").take(name, [labels], "float32");
}

function refuseCritic(): Error {
  return badConfiguration(
    'Cannot serve a model as a reward model as "score_type" says that it is a critic, whose head says ' +
      'what is still to come, not what was earned: received "critic"',
  );
}
