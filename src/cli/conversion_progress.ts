/**
 * The progress of a conversion of weights, for whoever waits for a model to load.
 *
 * @module
 */

import { formatBytes } from "../files.ts";
import type { LoadOptions } from "../model/load_model.ts";
import type { Terminal } from "./command.ts";
import { type Progress, startProgress } from "./progress.ts";

/** What is told how far a conversion is; it shows nothing until something is converted. */
export function conversionProgress(
  terminal: Terminal,
  model: string,
): NonNullable<LoadOptions["onConverted"]> {
  let progress: Progress | undefined;
  return (doneBytes, totalBytes) => {
    progress ??= startProgress(terminal, {
      label: `converting ${model}`,
      unit: "of weights read",
      total: totalBytes,
      show: formatBytes,
    });
    progress.update(doneBytes);
    if (doneBytes === totalBytes) progress.stop();
  };
}
