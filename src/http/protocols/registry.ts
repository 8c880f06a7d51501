/**
 * Every protocol of the server, in the order of the documentation. A new one is a file beside
 * this and a name in the list.
 *
 * @module
 */

import type { Protocol } from "./protocol.ts";
import { llamaFactory } from "./llama_factory.ts";
import { openInference } from "./open_inference.ts";
import { openRlhf } from "./openrlhf.ts";
import { rewards } from "./rewards.ts";
import { sglang } from "./sglang.ts";
import { sglangEmbeddings } from "./sglang_embeddings.ts";
import { slime } from "./slime.ts";
import { teiPredict } from "./tei_predict.ts";
import { teiRerank } from "./tei_rerank.ts";
import { vllmClassify } from "./vllm_classify.ts";
import { vllmPooling } from "./vllm_pooling.ts";
import { vllmRerank } from "./vllm_rerank.ts";
import { vllmScore } from "./vllm_score.ts";

/** The protocols, that of Abacus first. */
export const protocols: readonly Protocol[] = [
  rewards,
  openRlhf,
  slime,
  llamaFactory,
  vllmClassify,
  vllmPooling,
  vllmScore,
  vllmRerank,
  sglang,
  sglangEmbeddings,
  teiPredict,
  teiRerank,
  openInference,
];
