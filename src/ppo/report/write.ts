/**
 * Writes the report of a run into its directory.
 *
 * @module
 */

import { RunFiles, type SampleLine } from "../run/run_files.ts";
import { reportPage } from "./page.ts";

/**
 * Reads the run's files and puts report.html in place; may be called while the run goes on.
 *
 * @returns the path of the report
 * @throws {AbacusError} `bad_usage` where the directory holds no run or its files are damaged
 */
export async function writeReport(directory: string): Promise<string> {
  const files = new RunFiles(directory);
  const [settings, metrics, samples, showcase] = await Promise.all([
    files.readRun(),
    files.readMetrics(),
    files.readSamples(),
    files.readShowcase(),
  ]);
  const shown = hasBoth(showcase) ? showcase : samples;
  await files.writeReport(reportPage({ settings, metrics, samples: shown }));
  return files.paths.report;
}

/** Whether completions from before and from after training are there to be laid side by side. */
function hasBoth(showcase: readonly SampleLine[]): boolean {
  return new Set(showcase.map(({ step }) => step)).size > 1;
}
