/**
 * Prints the nodes of a prebuilt graph for people, one line each.
 *
 * @module
 */

import { shown } from "../weights/bad_model.ts";
import type { PrebuiltGraph } from "./prebuilt_graph.ts";

/** As in `"probs" = Softmax("scores")`; names are the file's own, and untrusted. */
export function printNodes({ model }: Pick<PrebuiltGraph, "model">): string {
  return model.graph.node.map(({ output, opType = "", input }) =>
    `${output.map(shown).join(", ")} = ${shown(opType).slice(1, -1)}(${
      input.map(shown).join(", ")
    })\n`
  ).join("");
}
