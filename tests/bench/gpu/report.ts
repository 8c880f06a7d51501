/**
 * What bench:gpu found, as Markdown that can be pasted into docs/performance.md.
 *
 * @module
 */

import type { GoldenResult } from "./golden.ts";

/** One contender over one workload with one model. */
export interface GpuRow {
  readonly model: string;
  readonly workload: string;
  readonly contender: string;
  readonly dtype: string;
  readonly credit: boolean;
  /** Absent where it could not be had. */
  readonly tokens_per_second?: number;
  /** The largest difference of a score from that of the first contender, of the largest score. */
  readonly scores_within?: number;
  readonly missing?: string;
}

/** All of it. */
export interface GpuReport {
  /** The device's own name, as its driver has it. */
  readonly machine: string;
  readonly place: string;
  readonly golden: readonly GoldenResult[];
  readonly rows: readonly GpuRow[];
}

/** Two tables: how right the device is, and how fast. */
export function markdown({ machine, place, golden, rows }: GpuReport): string {
  return [
    `On ${machine} (${place}):`,
    "",
    ...table(
      ["attention", "type", "golden models", "largest difference of a score", "of credit"],
      golden.map(({ form, dtype, models, scores, credit }) => [
        form,
        dtype,
        `${models}`,
        scores.toExponential(1),
        credit.toExponential(1),
      ]),
    ),
    "",
    ...table(
      [
        "model",
        "workload",
        "contender",
        "type",
        "credit",
        "tokens/s",
        "of transformers eager",
        "scores within",
      ],
      rows.map((row) => [
        row.model,
        row.workload,
        row.contender,
        row.dtype,
        row.credit ? "yes" : "no",
        row.tokens_per_second?.toFixed(0) ?? `none: ${row.missing}`,
        times(row, rows),
        row.scores_within?.toExponential(1) ?? "not compared",
      ]),
    ),
    "",
  ].join("\n");
}

/** How many times as fast it is as transformers with attentions. */
function times({ model, workload, tokens_per_second: rate }: GpuRow, rows: readonly GpuRow[]) {
  const eager = rows.find((row) =>
    row.contender === "transformers eager" && row.model === model && row.workload === workload
  )?.tokens_per_second;
  return rate === undefined || eager === undefined ? "" : `${(rate / eager).toFixed(2)} x`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((each) => each.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
