/**
 * Writes the report of a run into its directory.
 *
 * @module
 */

import { RunFiles } from "../run_files.ts";
import { reportPage } from "./page.ts";

/**
 * Reads the run's files and puts report.html in place; may be called while the run goes on.
 *
 * @returns the path of the report
 * @throws {AbacusError} `bad_usage` where the directory holds no run or its files are damaged
 */
export async function writeReport(directory: string): Promise<string> {
  const files = new RunFiles(directory);
  const [settings, metrics, samples] = await Promise.all([
    files.readRun(),
    files.readMetrics(),
    files.readSamples(),
  ]);
  await files.writeReport(reportPage({ settings, metrics, samples }));
  return files.paths.report;
}
