/**
 * `doctor`: shows each device, whether it works here, and the one thing to do where it does not.
 *
 * @module
 */

import { childPort, runnableDeno } from "../engine/child_port.ts";
import { type DeviceFinding, examineDevices } from "../engine/examine.ts";
import { threadPort } from "../engine/thread_port.ts";
import { formatBytes } from "../files.ts";
import { type Command, defineCommand } from "./command.ts";
import { table } from "./figures.ts";

/** The command. It ends with 1 where no device works. */
export const doctor: Command<"json"> = defineCommand({
  operands: [],
  settings: ["json"],
  async run({ settings, terminal }) {
    // A driver may end the process that tries it; where none of its own can be had, it is ours.
    const deno = runnableDeno();
    const port = deno === undefined ? threadPort : () => childPort(deno);
    const devices = await examineDevices({ port });
    terminal.print(
      settings.json ? JSON.stringify(devices, undefined, 2) : devices.map(text).join("\n\n"),
    );
    return devices.some(({ works }) => works) ? 0 : 1;
  },
});

/** A device as lines. */
function text(finding: DeviceFinding): string {
  const { place, works, provider, reason, remedy, name, driver, memory } = finding;
  const rows: [string, string | undefined][] = [
    ["GPU", name],
    ["provider", provider],
    ["driver", driver],
    ["memory", memory && memoryText(memory)],
    ["reason", reason],
    ["remedy", remedy],
  ];
  const known = rows.filter((row): row is [string, string] => row[1] !== undefined);
  const lines = known.length === 0 ? [] : table(known).map((line) => `  ${line}`);
  return [`${place}: ${works ? "works" : "does not work"}`, ...lines].join("\n");
}

function memoryText({ totalBytes, freeBytes }: NonNullable<DeviceFinding["memory"]>): string {
  const free = freeBytes === undefined ? "" : `, ${formatBytes(freeBytes)} free`;
  return `${formatBytes(totalBytes)}${free}`;
}
