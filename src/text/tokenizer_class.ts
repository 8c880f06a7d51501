/**
 * The class that transformers 5.23 makes a tokenizer of: the general one, which takes tokenizer.json as it
 * is, or one that takes only its vocabulary, merges and post-processor and builds the rest anew.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { type TokenizerClass, tokenizerClasses } from "./tokenizer_classes.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";
import { SAVE } from "./vocabulary_files.ts";

/** A class that builds the tokenizer anew, or the general one. */
export type ChosenClass = { readonly name: string } & (TokenizerClass | { readonly general: true });

/** The general class, by its names in several versions of transformers. */
const GENERAL = "TokenizersBackend";
const generalNames = [GENERAL, "PythonBackend", "PreTrainedTokenizer", "BloomTokenizer"];

/** The class of a family that is served, where transformers registers one. */
const registered: Readonly<Record<string, string>> = {
  mistral: GENERAL, // with mistral-common installed, and a tekken.json, it would be that
  phi3: GENERAL,
  internlm2: GENERAL,
  modernbert: GENERAL,
  gemma: "GemmaTokenizer",
  gemma2: "GemmaTokenizer",
  gemma3_text: "GemmaTokenizer",
  qwen2: "Qwen2Tokenizer",
  qwen3: "Qwen2Tokenizer",
  gpt_neox: "GPTNeoXTokenizer",
  gpt2: "GPT2Tokenizer",
  gptj: "GPT2Tokenizer",
  opt: "GPT2Tokenizer",
  bert: "BertTokenizer",
  distilbert: "BertTokenizer",
  electra: "BertTokenizer",
  roberta: "RobertaTokenizer",
  "xlm-roberta": "XLMRobertaTokenizer",
  camembert: "CamembertTokenizer",
  deberta: "DebertaTokenizer",
  "deberta-v2": "DebertaV2Tokenizer",
  albert: "AlbertTokenizer",
};

/** Families whose files often name a wrong class, so that the registered one counts. */
const misnamed: ReadonlySet<string> = new Set(["qwen2"]);

/** Classes of transformers that build a tokenizer in a way that is not known here. */
const foreign = new Set(
  `
    Albert Auto Bart Barthez Bartpho Basic BertGeneration BertJapanese Bertweet BigBird BioGpt
    BlenderbotSmall Blenderbot ByT5 CLIP CTRL Canine Character Clvp CodeGen CodeLlama
    Cohere ConvBert CpmAnt Cpm DPRContextEncoder DPRQuestionEncoder DPRReader Deberta Dia Esm Esmc
    FNet FSMT FastSpeech2Conformer Flaubert Funnel GPTNeoXJapanese GPTSw3 Herbert LED Lasr
    LayoutLMv2 LayoutLMv3 LayoutXLM Luke Lxmert M2M100 MBart50 MBart MLuke MPNet Marian MarkupLM
    Mecab Mgpstr MistralCommonBackend MobileBert Mvp MyT5 Nllb Nougat OpenAIGPT PLBart Parakeet
    Pegasus Perceiver Phobert Pop2Piano ProphetNet Qwen3_5 Rag Reformer RemBert RoCBert RoFormer
    SeamlessM4T SentencePieceBackend Siglip2 Siglip Speech2Text SpeechT5 Splinter SqueezeBert T5
    Tapas Tipsv2 TorchvisionBackend Udop VideoPrism Vits Wav2Vec2CTC Wav2Vec2PhonemeCTC Whisper
    Wordpiece XGLM XLM XLNet
  `.trim().split(/\s+/).map((name) => name.endsWith("Backend") ? name : `${name}Tokenizer`),
);

/**
 * Chooses as `AutoTokenizer.from_pretrained` does: the class that tokenizer_config.json or config.json
 * names, else the family's. A class that transformers does not know is the general one.
 *
 * @throws {AbacusError} `bad_model` for a class whose way of building is not known here
 */
export function chooseClass(files: TokenizerFiles): ChosenClass {
  const { tokenizer, config, model, directory } = files;
  const family = model?.model_type ?? "";
  const own = registered[family];
  const named = misnamed.has(family) ? own : config?.["tokenizer_class"] || model?.tokenizer_class;
  const name = (typeof named === "string" ? named : own ?? GENERAL).replace(/Fast$/, "");
  // Llama 3 and others name a class that would not understand their vocabulary.
  const isMistaken = name === "LlamaTokenizer" && tokenizer.includes('"ByteLevel"');
  const isGeneral = generalNames.includes(name) || own === GENERAL || isMistaken;
  const known = isGeneral ? undefined : tokenizerClasses[name];
  checkSource(files, isGeneral ? GENERAL : name);
  if (known !== undefined) return { name, ...known };
  if (isGeneral || !foreign.has(name)) return { name: GENERAL, general: true };
  throw new AbacusError(
    "bad_model",
    `Cannot load the tokenizer of ${directory} as transformers builds the class that ` +
      "'tokenizer_class' names in a way of its own, which Abacus does not know (where tokenizer.json " +
      `says all, write PreTrainedTokenizerFast in tokenizer_config.json): received '${name}'`,
  );
}

/** Without a tokenizer.json only some classes build a tokenizer, each from files of its own. */
function checkSource({ vocabulary, directory }: TokenizerFiles, name: string): void {
  if (vocabulary === undefined || tokenizerClasses[name]?.vocabulary === vocabulary) return;
  throw new AbacusError(
    "bad_model",
    `Cannot load the tokenizer of ${directory} as it has no tokenizer.json, which ${SAVE} writes ` +
      `there, and its class ${name} is not made of what there is: received ${vocabulary}`,
  );
}
