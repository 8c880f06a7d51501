/**
 * `inspect`: shows what a model directory contains and supports, from its configuration and the headers
 * of its weights. Nothing is computed, but with --fidelity the scores of a file.
 *
 * @module
 */

import { methodsFor } from "../credit/choice.ts";
import { formatBytes } from "../files.ts";
import { type Blueprint, readBlueprint } from "../model/blueprint.ts";
import { findModel, modelName } from "../model/find_model.ts";
import { needsOf } from "../model/fitting_blueprint.ts";
import { prebuiltPath } from "../model/prebuilt/find_onnx.ts";
import {
  type PrebuiltBlueprint,
  readPrebuiltBlueprint,
} from "../model/prebuilt/prebuilt_blueprint.ts";
import { normalizationNotes, normalizationOf } from "../model/reward_normalization.ts";
import { scoringOf } from "../model/scoring.ts";
import { printGraph } from "../onnx/print.ts";
import { printNodes } from "../prebuilt/print_nodes.ts";
import type { Settings } from "../settings.ts";
import { poolingText } from "../text/pooling.ts";
import { type Command, defineCommand } from "./command.ts";
import { type ConvertedFolder, convertedWeights, folderText } from "./converted_weights.ts";
import { adapterFindings, adapterLines } from "./adapter_findings.ts";
import { fidelityLines } from "./fidelity/lines.ts";
import { type Fidelity, fidelityFindings } from "./fidelity/measure.ts";
import { readSteps, readTokenizer, type StepFindings, type TokenizerFindings } from "./findings.ts";
import { countParameters, table } from "./figures.ts";

/** The settings of loading that decide what is shown; those of devices and limits are for --fidelity. */
const names = [
  "model",
  "models",
  "base",
  "score",
  "normalizeReward",
  "architecture",
  "onnx",
  "head",
  "poolAt",
  "stepAt",
  "stepMark",
  "stepReduce",
  "pair",
  "splitSpecialTokens",
  "chatTemplate",
  "graph",
  "json",
  "fidelity",
  "device",
  "dtype",
  "cache",
  "threads",
  "maxBatchTokens",
  "emptyCache",
] as const;

/** The command. */
export const inspect: Command<typeof names[number]> = defineCommand({
  operands: [{
    name: "DIR",
    help: "a model directory or pulled hub id, else --model",
    optional: true,
  }],
  settings: names,
  async run({ settings, operands: [asked = settings.model], terminal, signal }) {
    const { models } = settings;
    const directory = await findModel(asked, { models });
    const blueprint = await read(directory, settings);
    const place = "files" in blueprint ? blueprint.files.tokenizer : blueprint.directory;
    const tokenizer = await readTokenizer(place, settings);
    const steps = await readSteps(blueprint, settings);
    const converted = await convertedWeights(blueprint, settings);
    const fidelity = await fidelityFindings(directory, settings, signal);
    const findings = {
      ...findingsOf(blueprint, settings),
      ...steps,
      tokenizer,
      converted,
      ...fidelity,
    };
    terminal.print(settings.json ? json(findings, blueprint, settings) : text(findings).join("\n"));
    if (settings.graph && !settings.json) {
      terminal.print(`\n${printed(blueprint).trimEnd()}`);
    }
    return 0;
  },
});

/**
 * A model of either kind, as far as it is known without computing: one whose graph is written from its weights,
 * or a prebuilt graph.
 */
type AnyBlueprint = Blueprint | PrebuiltBlueprint;

/** The settings that decide what a directory is read as. */
const readSettings = [
  "architecture",
  "base",
  "head",
  "models",
  "onnx",
  "pair",
  "poolAt",
  "stepAt",
  "stepMark",
] as const;

/**
 * Reads the directory as the settings say, which is how serving would read it. Weights are left as they are
 * stored, whatever --dtype is: nothing is converted for a look.
 */
async function read(
  directory: string,
  settings: Pick<Settings, typeof readSettings[number]>,
): Promise<AnyBlueprint> {
  const { architecture, base, head, models, pair, poolAt } = settings;
  const { stepAt, stepMark } = settings;
  const prebuilt = await prebuiltPath(directory, settings);
  return prebuilt === undefined
    ? await readBlueprint(directory, {
      architecture,
      base,
      head,
      models,
      pair,
      poolAt,
      stepAt,
      stepMark,
    })
    : await readPrebuiltBlueprint(directory, prebuilt, { architecture, base, pair, poolAt });
}

function printed({ graph }: AnyBlueprint): string {
  return "nodes" in graph ? printGraph(graph) : printNodes(graph);
}

/** The properties of a model, by the names of `--json`. */
type Findings = ReturnType<typeof findingsOf> & StepFindings & {
  readonly tokenizer: TokenizerFindings;
  readonly converted: readonly ConvertedFolder[];
  readonly fidelity?: Fidelity;
};

/** How the score is to be made of the logits. */
type ScoreSettings = Pick<Settings, "score" | "normalizeReward">;

/** What the blueprint says, in the order in which it is printed. */
function findingsOf(blueprint: AnyBlueprint, settings: ScoreSettings) {
  const { directory, config, architecture, inventory, ignored } = blueprint;
  const { normalizeReward } = settings;
  const { name, family, attention, pooling, task, input, dimensions, head } = architecture;
  const chosenBy = "chosenBy" in architecture ? architecture.chosenBy : undefined;
  const withheld = "withheld" in blueprint ? blueprint.withheld : {};
  const causal = attention === "causal"; // beside `attention`, for scripts that read it
  const { parameters, bytes, tensors, parts, dtypes } = inventory;
  const memory = "files" in blueprint ? [...needsOf(blueprint)] : [];
  return {
    name: modelName(directory),
    directory,
    ...("files" in blueprint ? adapterFindings(blueprint.files) : {}),
    architecture: name,
    ...(chosenBy === undefined ? {} : { chosen_by: chosenBy }),
    family,
    causal,
    attention,
    ...("withheld" in blueprint ? { prebuilt: blueprint.graph.path, withheld } : {}),
    task,
    input,
    dimensions,
    parameters,
    tensors,
    bytes,
    parts,
    dtypes,
    memory,
    ignored: ignored.map(({ tensor, reason }) => ({ name: tensor.name, reason })),
    notes: [...blueprint.notes, ...normalizationNotes(config, normalizeReward)],
    pooled_position: poolingText(pooling),
    head: head.text,
    labels: head.labels,
    score: scoreText(blueprint, settings),
    normalization: normalizationOf(config, normalizeReward),
    credit_methods: methodsFor({ family, architecture: name, attention, task, withheld })
      .map(({ name, summary }) => ({ name, summary })),
  };
}

/**
 * The score rule, or the flag that a head with several labels needs: a model can be looked at before
 * anyone has decided what its score is.
 */
function scoreText(blueprint: AnyBlueprint, settings: ScoreSettings): string {
  const { labels, usual } = blueprint.architecture.head;
  if (settings.score === undefined && usual === undefined && labels.length > 2) {
    return "needs --score";
  }
  return scoringOf(blueprint, settings).rule.text;
}

/** The findings as one object, with the graph where it was asked for. */
function json(
  findings: Findings,
  blueprint: AnyBlueprint,
  settings: { graph: boolean },
): string {
  const graph = settings.graph ? { graph: printed(blueprint) } : {};
  return JSON.stringify({ ...findings, ...graph }, undefined, 2);
}

/** As in `31.1 GB in float32, 10.1 GB in int8, for the weights on a CPU`. */
function memoryText({ memory }: Findings): string {
  const each = memory.map(({ dtype, bytes }) => `${formatBytes(bytes)} in ${dtype}`);
  return `${each.join(", ")}, for the weights on a CPU`;
}

/** The findings as lines: a table, and what was computed below it. */
function text(findings: Findings): string[] {
  const { dimensions, parameters } = findings;
  const chosen = findings.chosen_by === undefined ? "" : `, by ${findings.chosen_by}`;
  const share = (count: number) => `${Math.round(100 * count / parameters)} %`;
  return [
    `${findings.name} (${findings.directory})`,
    "",
    ...table([
      ...adapterLines(findings),
      ["architecture", `${findings.architecture} (${findings.family})${chosen}`],
      [
        "layers",
        `${dimensions.layers}, hidden size ${dimensions.hidden}, ${dimensions.heads} heads`,
      ],
      ["vocabulary", dimensions.vocabulary.toLocaleString("en-US")],
      ["context", `${dimensions.context.toLocaleString("en-US")} tokens`],
      ["parameters", `${countParameters(parameters)} in ${findings.tensors} tensors`],
      ...findings.parts.map((part) =>
        [
          `  ${part.part}`,
          `${part.parameters.toLocaleString("en-US")} (${share(part.parameters)})`,
        ] as const
      ),
      [
        "stored as",
        findings.dtypes.map((each) => `${each.dtype} (${formatBytes(each.bytes)})`).join(", "),
      ],
      ...findings.memory.length === 0 ? [] : [["memory", memoryText(findings)] as const],
      ["attention", findings.attention],
      ...findings.withheld?.attention === undefined
        ? []
        : [["no abc", findings.withheld.attention] as const],
      ...findings.prebuilt === undefined ? [] : [["prebuilt", findings.prebuilt] as const],
      ["task", findings.task === "token" ? "one score per step" : "one score per sequence"],
      ...findings.steps === undefined ? [] : [
        ["steps", `${findings.steps.read}; ${findings.steps.reduction} of their scores`] as const,
      ],
      ["input", findings.input === "pair" ? "a pair of texts" : "one text"],
      ["tokenizer", findings.tokenizer.class],
      ["control tokens", findings.tokenizer.control_tokens ?? "unknown"],
      ["chat template", findings.tokenizer.chat_template ?? "unknown"],
      ["pooled position", findings.pooled_position],
      ["head", findings.head],
      ["labels", findings.labels.join(", ")],
      ["score", findings.score],
      ["normalization", findings.normalization],
      ["credit methods", findings.credit_methods.map(({ name }) => name).join(", ")],
      ...findings.ignored.map(({ name, reason }) => ["ignored", `${name} (${reason})`] as const),
      ...findings.notes.map((note) => ["note", note] as const),
      ...findings.converted.map((each) => ["converted weights", folderText(each)] as const),
    ]),
    ...findings.fidelity === undefined ? [] : ["", ...fidelityLines(findings.fidelity)],
  ];
}
