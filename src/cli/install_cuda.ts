/**
 * `install-cuda`: brings onnxruntime's CUDA provider and CUDA's libraries from PyPI, without Python.
 *
 * @module
 */

import { installCuda } from "../cuda/install.ts";
import { formatBytes } from "../files.ts";
import { type Command, defineCommand, STOPPED, type Terminal } from "./command.ts";
import { type Progress, startProgress } from "./progress.ts";

/** The command. */
export const installCudaCommand: Command<never> = defineCommand({
  operands: [{
    name: "DIR",
    help: "a folder of the wheels, as `pip download` leaves them, else PyPI",
    optional: true,
  }],
  settings: [],
  async run({ operands: [from], terminal, signal }) {
    let progress: Progress | undefined;
    try {
      const { folder, brought, kept } = await installCuda({
        from,
        signal,
        onProgress(done, total) {
          progress ??= startBar(terminal, total);
          progress.update(done);
        },
      });
      progress?.stop();
      for (const name of brought) terminal.note(`brought ${name}`);
      for (const name of kept) terminal.note(`${name} was there already`);
      terminal.note("see what works with: deno task doctor");
      terminal.print(folder);
      return 0;
    } catch (error) {
      if (!signal.aborted) throw error;
      terminal.note("stopped; libraries that were brought stay");
      return STOPPED;
    } finally {
      progress?.stop();
    }
  },
});

function startBar(terminal: Terminal, total: number): Progress {
  return startProgress(terminal, {
    label: "fetching",
    unit: "of wheels",
    total,
    show: formatBytes,
  });
}
