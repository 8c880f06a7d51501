/**
 * A token tree as plain tensors for the graphs of these tests.
 *
 * @module
 */

import type { Feed } from "../../../src/engine/arrays.ts";
import { feedsOf } from "../../../src/engine/feeds.ts";
import type { Graph } from "../../../src/onnx/graph.ts";
import type { Dtype } from "../../../src/onnx/value.ts";
import type { TokenTree } from "../../../src/tree/token_tree.ts";
import type { Plain } from "../../onnx/run_graph.ts";

/** What a tree is made of. */
function dtypeOf(data: Feed["data"]): Dtype {
  if (data instanceof Uint8Array) return "bool";
  return data instanceof Int32Array ? "int32" : "int64";
}

/** The feeds that `graph` declares, out of those that a tree has. */
export function treeFeeds(graph: Graph, tree: TokenTree): Record<string, Plain> {
  const feeds = Object.entries(feedsOf(tree)).map(([name, { data, dims }]): [string, Plain] => [
    name,
    {
      dims,
      data: Array.from<bigint | number, number>(data, Number),
      dtype: dtypeOf(data),
    },
  ]);
  const declared = new Set(graph.inputs.map(({ label }) => label));
  return Object.fromEntries(feeds.filter(([name]) => declared.has(name)));
}
