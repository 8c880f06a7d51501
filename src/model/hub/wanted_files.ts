/**
 * Which files of a repository a model consists of. Pure.
 *
 * Left where they are: other formats of the same weights (pickled, ONNX, GGUF), training states, pictures.
 *
 * @module
 */

/** Small files that a model or its user may need, in the order in which they are fetched. */
const wanted: readonly RegExp[] = [
  /^config\.json$/,
  /^generation_config\.json$/,
  /^tokenizer(_config)?\.json$/,
  /^(special_tokens_map|added_tokens)\.json$/,
  /^chat_template\.(jinja|json)$/,
  // What tokenizer.json was made from; transformers may ask for it.
  /^(tokenizer|spiece|sentencepiece(\.bpe)?)\.model$/,
  /^(vocab\.(json|txt)|merges\.txt)$/,
  /^(README|LICEN[CS]E|NOTICE|USE_POLICY|MODEL_CARD)([._-][\w.-]*)?$/i,
];

/** The files besides the weights, in a fixed order. */
export function companions(names: readonly string[]): string[] {
  return wanted.flatMap((pattern) => names.filter((name) => pattern.test(name)).toSorted());
}
