/**
 * Stands in for the reward server: notes an address as soon as it starts and ends when it is told to.
 * At port 13 it fails, and at port 14 it never gets so far.
 *
 * @module
 */

import process from "node:process";

const port = Deno.args[Deno.args.indexOf("--port") + 1];
if (port === "13") {
  process.stderr.write("Cannot listen as the port is taken: received 13\n");
  process.exit(1);
}
if (port !== "14") process.stderr.write(`a model: http://127.0.0.1:${port}\n`);
const heartbeat = setInterval(() => {}, 1_000);
process.on("SIGINT", () => {
  clearInterval(heartbeat);
  process.exit(0);
});
