/**
 * The program's door: gives the process to the command line, and its answer to the process.
 *
 * @module
 */

import process from "node:process";
import { endProcess, processSurroundings } from "./src/cli/process.ts";
import { runProgram } from "./src/cli/program.ts";

if (import.meta.main) {
  endProcess(await runProgram(process.argv.slice(2), processSurroundings()));
}
