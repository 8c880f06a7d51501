/**
 * Kept choice: which layers stay in float32, in a file beside the converted weights, so that it is measured once.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ifThere, replaceFile } from "../files.ts";
import type { ExactLayers } from "./exact_layers.ts";

const loss = z.number().nullable().transform((loss) => loss ?? NaN); // JSON has no NaN
const choice = z.object({ names: z.array(z.string()), before: loss, after: loss });

/**
 * The choice that was kept, or else that which `make` makes. A file that holds no choice, as a full disk or another
 * version may have left it, counts as none.
 *
 * @param checkpoint of the converted weights
 * @param dependsOn JSON that the choice depends on beside those weights
 */
export async function keptChoice(
  { source }: { source: string },
  dependsOn: unknown,
  make: () => Promise<ExactLayers>,
): Promise<ExactLayers> {
  const key = createHash("sha256").update(JSON.stringify(dependsOn)).digest("hex").slice(0, 16);
  const path = join(dirname(source), `exact-layers-${key}.json`);
  const kept = parsed(await ifThere(Deno.readTextFile(path)));
  if (kept !== undefined) return kept;
  const made = await make();
  // Where it cannot be kept, it is made again at the next start.
  await replaceFile(path, `${JSON.stringify(made, undefined, 2)}\n`).catch(() => {});
  return made;
}

function parsed(text: string | undefined): ExactLayers | undefined {
  try {
    return choice.parse(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}
