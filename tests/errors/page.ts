/**
 * docs/errors.md, made of the catalogue.
 *
 * @module
 */

import { catalogue } from "./catalogue.ts";
import type { Entry } from "./section.ts";

/** Where the page stands. */
export const pagePath = new URL("../../docs/errors.md", import.meta.url);

const head = `# Errors

Every error that a model directory, a request, a row of \`score\` or a server can end with: what it
means, and what to do. \`…\` stands for what the message fills in. A failure is always an error, never
an invented number. This page is made by \`deno run -A tests/errors/write.ts\`, and a test holds it to
the messages of the source.
`;

/** The page's text. */
export function errorsPage(): string {
  const sections = catalogue.map(({ title, entries }) =>
    `## ${title}\n\n${entries.map(entryText).join("\n")}`
  );
  return [head, ...sections].join("\n");
}

function entryText({ message, cause, remedy }: Entry): string {
  const ticks = message.includes("`") ? "``" : "`";
  return `- ${ticks}${message}${ticks}\n\n  ${cause}\n\n  **What to do:** ${remedy}\n`;
}
