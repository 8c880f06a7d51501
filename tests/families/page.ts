/**
 * docs/families.md, made of the table of classes.
 *
 * @module
 */

import { deviceNames } from "../../src/engine/devices.ts";
import { type ClassRow, classTable } from "./table.ts";

/** Where the page stands. */
export const pagePath = new URL("../../docs/families.md", import.meta.url);

const head = `# Families

Every class of reward models that Abacus serves, by its name under \`architectures\` in config.json. This
page is made by \`deno task families\` of the registry and of the models that the tests compare with
transformers, and a test holds it to them.

- **Head**: the layers from the states that are read to the outputs, by their names.
- **Read at**: the token that the score is read at, unless \`--pool-at\` says otherwise
  ([where-the-score-is-read.md](where-the-score-is-read.md)). A class that says several reads where its config.json
  says.
- **Input**: prompt and completion as one text (joined) or as two (pair), unless \`--pair\` or
  \`--no-pair\` says otherwise ([pairs.md](pairs.md)).
- **Credit**: the methods that it can serve. \`gradient\` differentiates the score through the whole model.
- **Policy**: the class of the same family that \`ppo\` trains.
- **Devices**: every class runs on ${
  deviceNames.join(", ")
}; listed is where its numbers were compared, on a CPU with
  those of transformers, on GPUs with those of the CPU.
- **Tested**: the version of transformers that small models of it, or the published code of the class run on it, are
  compared with.
`;

const columns: readonly (readonly [title: string, cell: (row: ClassRow) => string])[] = [
  ["class", ({ name }) => `\`${name}\``],
  ["family", ({ family }) => `\`${family}\``],
  ["head", ({ head }) => head],
  ["read at", ({ readAt }) => readAt],
  ["task", ({ task }) => task],
  ["input", ({ input }) => input],
  ["attention", ({ attention }) => attention],
  ["credit", ({ methods }) => methods.join(", ")],
  ["policy", ({ policy }) => policy === undefined ? "none" : `\`${policy}\``],
  ["devices", ({ devices }) => devices.join(", ")],
  ["tested", ({ versions }) => `transformers ${versions.join(", ")}`],
];

/** The page's text. */
export async function familiesPage(): Promise<string> {
  const rows = (await classTable()).map((row) => columns.map(([, cell]) => cell(row)));
  return `${head}\n${tableOf([columns.map(([title]) => title), ...rows])}`;
}

/** A table of Markdown whose first row is its head. */
function tableOf([titles = [], ...rows]: readonly (readonly string[])[]): string {
  const rule = titles.map(() => "---");
  return [titles, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
