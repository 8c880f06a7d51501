import assert from "node:assert/strict";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { assertClose, openGolden, pooledOnly } from "../support/golden_model.ts";
import { respelled, respellings } from "../support/respelled_golden.ts";

// Every case either scores as transformers does, or is refused by a message that names what is wrong.

/** What is refused, with the fields or tensors that the message names. */
const refused: Readonly<Record<string, RegExp>> = {
  "rope_theta beside, null": /"rope_theta" has no value/,
  "rope_theta inside and beside, unequal": /"rope_parameters\.rope_theta" and "rope_theta" contra/,
  "rope_theta null inside": /"rope_parameters\.rope_theta" has no value/,
  "rope_scaling beside default rope_parameters":
    /"rope_scaling\.type" and "rope_parameters\.rope_type" contradict/,
  "rope_scaling beside rope_parameters with a base":
    /"rope_theta" \(absent\) and "rope_parameters\.rope_theta" contradict/,
  "rope_type and type, unequal":
    /"rope_parameters\.rope_type" and "rope_parameters\.type" contradict/,
  "rope_type null": /"rope_parameters\.rope_type" has no value/,
  "partial_rotary_factor of whole heads, scaled": /"partial_rotary_factor" must be 1/,
  "rotary_emb_base in a Llama": /"rope_theta" \(absent\) and "rotary_emb_base" contradict/,
  "yarn, two contexts":
    /"rope_scaling\.original_max_position_embeddings" and "original_max_position_embeddings" contra/,
  "yarn, null beside its context": /"original_max_position_embeddings" has no value/,
  "angles by kind of layer": /"rope_parameters\.full_attention" is for families whose kinds/,
  "GPT-NeoX under the usual names": /"rotary_emb_base" \(absent\) and "rope_theta" contradict/,
  "GPT-NeoX, rotary_emb_base null": /"rotary_emb_base" has no value/,
  "GPT-NeoX, rotary_pct null": /"rotary_pct" has no value/,
  "id2label and num_labels, unequal": /"num_labels" and "id2label" contradict/,
  "num_labels null": /"num_labels" is not usable/,
  "neither id2label nor num_labels": /"score\.weight" must have the shape \[2, 16\]/,
  "problem_type of several labels": /"problem_type" needs more than the one label of "id2label"/,
  "rms_norm_eps null": /"rms_norm_eps" is not usable/,
  "no num_key_value_heads": /"model\.layers\.0\.self_attn\.k_proj\.weight" must have the shape/,
  "hidden_act null": /"hidden_act" is not usable/,
  "no vocab_size": /"model\.embed_tokens\.weight" must have the shape \[32000, 16\]/,
  "a layer of its own": /"per_layer_config" is not usable/,
  "heads that do not divide the width": /"num_attention_heads" is not usable: 3 heads do not div/,
  "GPT-2, heads twice, unequal": /"num_attention_heads" and "n_head" contradict/,
  "GPT-2, layers twice, unequal": /"num_hidden_layers" and "n_layer" contradict/,
  "GPT-2, a general name null": /"max_position_embeddings" and "n_positions" contradict/,
  "GPT-J, heads twice, unequal": /"num_attention_heads" and "n_head" contradict/,
  "Gemma 3, hidden_act another": /"hidden_activation" and "hidden_act" contradict/,
  "DistilBERT, heads twice, unequal": /"num_attention_heads" and "n_heads" contradict/,
  "RoBERTa, no padding": /"pad_token_id" is not usable/,
  "Gemma 2, hidden_act alone": /"hidden_activation" \(absent\) and "hidden_act" contradict/,
  "Gemma 2, hidden_act another": /"hidden_activation" and "hidden_act" contradict/,
  "Gemma 2, hidden_activation null": /"hidden_activation" and "hidden_act" contradict/,
  "Mistral, num_key_value_heads null": /"num_key_value_heads" is not usable/,
  "Mistral, layer_types null": /"layer_types" is not usable/,
  "BERT, is_decoder null": /"is_decoder" is not usable/,
  "DeBERTa, terms null": /"pos_att_type" is not usable: relative_attention needs a term/,
  "model_type of another family": /"architectures" and "model_type" contradict/,
  "neither architectures nor model_type": /"architectures" is missing .*"model_type" is not/,
  "no head": /has no head "score\.weight"/,
  "BERT without its pooler": /"bert\.pooler\.dense\.weight" .* is missing/,
  "Llama with an unknown tensor": /no use for a tensor: received "model\.layers\.0\..*q_norm/,
  "a bias that the head does not have": /no use for a tensor: received "score\.bias"/,
  "one tensor under two names":
    /one tensor under two names: received "model\.norm\.weight" and "norm\.weight"/,
  "Llama within module": /take "module\." off the names/,
  "a head of another shape": /"score\.weight" must have the shape \[1, 16\]: received \[2, 16\]/,
  "a value head of TRL": /value head of TRL/,
  "Qwen2, types of windows that are not used": /"layer_types" .* needs "use_sliding_window"/,
  "Qwen3, no head_dim": /"model\.layers\.0\.self_attn\.q_proj\.weight" must have the shape/,
  "Qwen3, attention_bias of other files":
    /"model\.layers\.0\.self_attn\.q_proj\.bias" .* is missing/,
  "Gemma, seeing what follows": /"use_bidirectional_attention" is not usable/,
  "Phi-3, its context inside and beside, unequal":
    /"rope_scaling\.original_max_position_embeddings" and "original_max_position_embeddings" contra/,
  "Phi-3, yarn": /as it takes longrope alone: received "yarn"/,
  "Gemma 3, a scaling beside another":
    /"rope_parameters\.full_attention\.factor" and "rope_scaling\.factor" contradict/,
  "Gemma 3, no window": /"sliding_window" is not usable/,
  "GPT-J, rotary_dim null": /"rotary_dim" is not usable/,
};

for (const each of respellings.cases) {
  const { name, logits } = each;
  const message = refused[name];

  if (message !== undefined) {
    Deno.test(`a directory is refused by name: ${name}`, async () => {
      await using directory = await respelled(each);
      await assert.rejects(readBlueprint(directory.path), { kind: "bad_model", message });
    });
    continue;
  }

  Deno.test(`a directory scores as transformers scores it: ${name}`, async () => {
    assert.ok(logits !== undefined, `transformers: ${each.error ?? each.random}`);
    await using directory = await respelled(each);
    const { engine } = await openGolden(directory.path);
    await using _closed = engine;
    const asked = pooledOnly({ ids: respellings.ids, ...poolOf(each.base) });
    const { outputs: [output] } = await engine.run([asked]);
    assertClose(output!.logits, logits, { tolerance: 1e-4, what: name });
  });
}

/** Encoders score their first token. */
function poolOf(base: string): { pool?: readonly number[] } {
  return /bert|electra/.test(base) ? { pool: [0] } : {};
}

Deno.test("every refusal is of a case that there is", () => {
  const names = respellings.cases.map(({ name }) => name);
  assert.deepEqual(Object.keys(refused).filter((name) => !names.includes(name)), []);
});
