/**
 * The catalogue of errors of loading, of rows and of serving: what each message means, and what to do.
 * docs/errors.md is made of it, by `deno run -A tests/errors/write.ts`.
 *
 * @module
 */

import { type Section, section } from "./section.ts";
import { serving } from "./serving.ts";

/** All sections. */
export const catalogue: readonly Section[] = [
  section("Finding a model", [
    "model/find_model.ts",
    "model/model_set.ts",
    "model/foreign_directory.ts",
  ], [
    [
      "Cannot load a model as …: received …",
      "What --model names is not a directory with a config.json: it does not exist, is a file, may not be read, or is what an interrupted pull left.",
      "Name the directory that holds config.json, or run `deno task pull ID` and name the id of the hub.",
    ],
    [
      "Cannot serve models as …: received …",
      "No model was named, or two have the same name.",
      "Give each model a name: --model A=DIR --model B=DIR2.",
    ],
    [
      "Cannot score as …: received '…'",
      "The request names a model that this server does not serve.",
      "Use one of the names that the message lists; GET /v1/models lists them too.",
    ],
    [
      'Cannot load the model as "quantization_config" says that its weights are quantised…; save it unquantised, as transformers\' dequantize() and save_pretrained do: received …',
      "The weights are stored by a scheme of quantisation (bitsandbytes, GPTQ, AWQ, FP8) that is not computed with.",
      "Load it with transformers, call `dequantize()`, and save it; or use the model that was quantised.",
    ],
    [
      "Cannot load … as it holds …; …: received …",
      "The directory holds something other than a reward model, which the message names with what to do.",
      "Do what the message says.",
    ],
    [
      "Cannot load … as a reward model as its head is a value head of TRL (AutoModelForCausalLMWithValueHead), and nothing says whether it is a critic's, which says what is still to come, or a reward model's; --head value reads it as a reward model's: received …",
      "PPO trains such heads to estimate the reward that is still to come; others train them as reward heads. The directory is the same in both cases.",
      "Add --head value if the model was trained on preferences or rewards; leave it if it comes out of PPO.",
    ],
  ]),
  section("Adapters", ["adapters", "model/model_files.ts"], [
    [
      "Cannot apply … as adapter_config.json does not name a module that it adapts, which peft would leave as it is: received …",
      "The weights have matrices for a module that target_modules, exclude_modules or layers_to_transform leave out. peft would not read them.",
      "Take adapter_config.json and the weights from one training, or correct target_modules.",
    ],
    [
      "Cannot apply … as it lacks …, which …: received tensors of …",
      "The adapter has no matrices for a module that target_modules names, or not the whole of a module that modules_to_save names. In classifiers that is the head in any case.",
      "Save the adapter again with peft's save_pretrained; with DeepSpeed or FSDP, gather its weights first.",
    ],
    [
      "Cannot apply … as its tensor … must be float64, float32, float16 or bfloat16: received …",
      "The adapter's weights are of a type that Abacus does not compute with.",
      "Save the adapter in float32.",
    ],
    [
      "Cannot apply … as its tensor … must have the shape …, after adapter_config.json and the base model: received …",
      "The rank (r, rank_pattern) or the base model is another than that of the training.",
      "Name the base model of the training with --base, and check r and rank_pattern.",
    ],
    [
      "Cannot apply … as … is a linear layer in one and a table of embeddings in the other: received …",
      "The adapter belongs to a model of another kind.",
      "Name the base model of the training with --base.",
    ],
    [
      'Cannot apply … as "modules_to_save" holds a copy of the table that the head is tied to, which peft takes apart; merge it with peft\'s merge_and_unload: received …',
      "The score is a row of the vocabulary's head, which is the table of embeddings itself, and the adapter stores that table anew. To peft it is no longer the head.",
      "Merge the adapter with `merge_and_unload()` of peft and save the result with save_pretrained.",
    ],
    [
      "Cannot apply the adapter as … is not supported: …: received …",
      "adapter_config.json says that the adapter is of another method than LoRA, or of a variant of it (DoRA, aLoRA, PiSSA and others) that needs other arithmetic or changes the base model's weights.",
      "Merge it with `merge_and_unload()` of peft and save the result with save_pretrained; for PiSSA, OLoRA, CorDA and LoRA-GA save it with path_initial_model_for_weight_conversion.",
    ],
    [
      "Cannot load … as a tensor in it has no use: …: received …",
      "The tensor has a name that peft does not read: it was saved with another tool, or an old version of peft.",
      "Save the adapter again with peft's save_pretrained.",
    ],
    [
      'Cannot load … as its … names no base model, and --base gives none: received "base_model_name_or_path" …',
      "adapter_config.json leaves open which model the adapter changes.",
      "Give it: --base DIR.",
    ],
    [
      "Cannot load … as its base model is an adapter itself, which has to be merged first: received …",
      "The adapter was trained on another adapter.",
      "Merge that one with `merge_and_unload()` of peft, save the result, and give it with --base.",
    ],
    [
      "Cannot load … as its base model is not there, which --base DIR gives where it is elsewhere (…): received …",
      "adapter_config.json names a directory that does not exist here, or an id of the hub that was not pulled.",
      "Run the `deno task pull` that the message names, or give the directory with --base.",
    ],
    [
      "Cannot load … as the base model has no use for … of the adapter: received …",
      "The adapter changes something that the reward model does not read, such as lm_head.",
      "Name the base model and the class of the training (--base, --architecture), or save the adapter without it.",
    ],
    [
      "Cannot load … as … has to have both of … and …, and nothing of another kind: received …",
      "One of the two matrices of a module is missing.",
      "Save the adapter again with peft's save_pretrained.",
    ],
    [
      "Cannot load the base model in … as the adapter is for its revision …, which 'deno task pull … --revision …' fetches: received …",
      "The pulled base model is of another revision than adapter_config.json names.",
      "Pull that revision, or give a base with --base, which is taken as it is.",
    ],
    [
      'Cannot match modules as a pattern in "…" is none that RE2 can read (it may look neither ahead nor behind): received …',
      "rank_pattern, alpha_pattern, exclude_modules, layers_pattern or modules_to_save holds a pattern of Python that cannot be matched in linear time.",
      "Write the pattern without look-around, or name the modules.",
    ],
    [
      'Cannot read the adapter as "…" is not usable (…): received …',
      "A field of adapter_config.json has another form than peft gives it.",
      "Correct the field, or save the adapter again.",
    ],
    [
      "Cannot read the adapter as its file is no JSON object: received …",
      "adapter_config.json is damaged.",
      "Save the adapter again.",
    ],
    [
      "Cannot tell the base model of … as it holds a whole model beside its adapter: --base names the base, and without … the whole model is loaded: received …",
      "transformers would take the model in the same directory for the base, peft the one that adapter_config.json names.",
      "Give the base with --base, or remove adapter_config.json where the whole model is the merged one.",
    ],
    [
      "Cannot use --base … as the model is no adapter, without an …: received …",
      "--base was given with a model that is whole.",
      "Leave --base out, or name the adapter's directory.",
    ],
  ]),
  section("config.json", [
    "model/config_file.ts",
    "architectures",
    "model/score_rule.ts",
    "model/reward_normalization.ts",
  ], [
    [
      "Cannot read … as it is not a JSON object: received …",
      "config.json holds something other than an object.",
      "Download the file again, or write it with save_pretrained.",
    ],
    [
      'Cannot read the configuration of … as "…" is not usable: …',
      "A field of config.json is missing, has another type than transformers gives it, or a value that Abacus cannot compute with.",
      "Compare the field with the one of the model that this was trained from.",
    ],
    [
      'Cannot … the architecture "…" as …it is not one of …',
      "Abacus has no family of this name, or the model is of the other kind: a language model where a reward model is needed, or the reverse.",
      "Choose a model of a family that the message lists.",
    ],
    [
      'Cannot scale rotary embeddings by "dynamic" as it needs more than one pair of columns: received … columns',
      "The heads are too narrow for this kind of scaling.",
      "Correct head_dim or the kind of scaling.",
    ],
    [
      'Cannot scale rotary embeddings as "…" is not one of default, linear, dynamic, llama3, yarn, longrope',
      "The kind of rotary scaling is unknown.",
      "Correct rope_type if it is misspelt; other kinds are not supported.",
    ],
    [
      'Cannot scale rotary embeddings by "longrope" as "…" must have a number for each of … pairs of columns: received …',
      "short_factor or long_factor does not have as many numbers as heads have pairs of columns.",
      "Copy the lists from the base model's config.json.",
    ],
    [
      'Cannot scale rotary embeddings by "…" as "…" is missing',
      "This kind of scaling needs a setting that config.json lacks.",
      "Copy the setting from the base model's config.json.",
    ],
    [
      "Cannot make one score of … labels unless --score names one of them or weights such as …: received the labels …",
      "A head with more than two labels has no score of its own.",
      "Name a label or weights with --score.",
    ],
    [
      "Cannot use --score as …: received '…'",
      "The setting names no label of the model, names one twice, or has weights that are not numbers.",
      "Use the labels that the message lists, or one weight per label.",
    ],
    [
      "Cannot score as the head has … labels: received … logits",
      "The model gave another number of logits than it has labels.",
      "This is a fault of Abacus: please report it with config.json.",
    ],
    [
      "Cannot score as the logit of … is not finite: received …",
      "The model computed NaN or infinity for this completion. No number is made up for it.",
      "Check the weights; with --dtype float16 values may overflow, so try float32.",
    ],
    [
      'Cannot tell the architecture as "architectures" and "model_type" contradict each other (--architecture decides): received "…", which is of "…", and …',
      "The two fields name different families, and transformers would take one of them.",
      "Remove the wrong one, or name the class with --architecture.",
    ],
    [
      'Cannot serve a model as a reward model as "score_type" says that it is a critic, whose head says what is still to come, not what was earned: received "critic"',
      "safe-rlhf's critics have the same class and head as its reward models.",
      "Use the reward or the cost model of the same run.",
    ],
    [
      'Cannot serve a model as a reward model as "num_quantiles" says that it is QRM, whose head gives quantiles of every objective behind a gate of its own: received …',
      "QRM has the class of ArmoRM and another head.",
      "Use another reward model; QRM is not served.",
    ],
    [
      'Cannot read the value head as its layers must be "v_head.summary", or "v_head.summary.0" and every second one after it: received …',
      "--head value was given for a model without a value head, or whose layers have something else than ReLU between them.",
      "Compare the names of the tensors with the class that the model was trained with.",
    ],
    [
      "Cannot read the logit of a token as the model's token ids go from 0 to …: received --head vocabulary:…",
      "--head names the id of a token that the model has no row for.",
      "Name a token of the vocabulary, by its text or its id.",
    ],
    [
      'Cannot read the model by … as it is for decoders, and "model_type" is not one of …: received … and "architectures" …',
      "--head was given for an encoder, or for a family that is not served.",
      "Leave --head away where the model has a reward head of its own.",
    ],
    [
      'Cannot serve a model as a reward model as …: received "architectures" …',
      "The directory holds a language model or a trunk without a reward head.",
      "Use a reward model; a policy belongs to `deno task ppo --policy`.",
    ],
    [
      'Cannot serve the model as …, after its "model_type", as it has no head "…", and transformers would draw a random one: received … under "architectures"',
      "`architectures` names no class that is known, `model_type` names a family, and the weights have no head that this family reads.",
      "Use a checkpoint with a head; --architecture names the class where the head is another one.",
    ],
    [
      'Cannot tell the architecture as "architectures" is missing or is not a list of names, and "model_type" is not one of …: received …',
      "Neither field says what the model is.",
      "Add `model_type`, or name the class with --architecture.",
    ],
    [
      "Cannot read the labels as …: received …",
      "id2label, label2id and num_labels contradict each other.",
      "Correct them, so that there are as many names as the head has rows.",
    ],
    [
      'Cannot read … as "…"… and "…" contradict each other: received … and …',
      "The same setting stands in two places, or under an old and a new name, with different values.",
      "Remove the one that is wrong.",
    ],
    [
      'Cannot scale the rotary embeddings of a Phi-3 as it takes longrope alone: received "…"',
      "transformers refuses other kinds of scaling for this family too.",
      "Correct rope_type.",
    ],
    [
      'Cannot scale the rotary embeddings of an InternLM2 as it takes linear and dynamic alone: received "…"',
      "The code that comes with these models refuses other kinds of scaling too.",
      "Correct the type in rope_scaling.",
    ],
    [
      'Cannot scale rotary embeddings by "longrope" as "original_max_position_embeddings" must be more than 1, as its logarithm divides: received 1',
      "transformers divides by zero.",
      "Correct the field, or give attention_factor.",
    ],
    [
      "Cannot make a table of angles for so long a context: received … tokens and … columns of a head",
      "The context, stretched as the rotary scaling says, is longer than any model's.",
      "Correct max_position_embeddings, head_dim or the factor of the scaling.",
    ],
    [
      'Cannot make a table of distances as "max_position_embeddings" may be at most … with "relative_attention": received …',
      "The graph has a number for every distance between two tokens, in every layer of a DeBERTa.",
      "Correct the field: such models are made for some hundreds or thousands of tokens.",
    ],
    [
      'Cannot read the configuration as "…" may be at most …: received …',
      "A size is beyond all that a model can have.",
      "Correct the field.",
    ],
    [
      "Cannot rotate a head as its columns do not form pairs: received … of … columns",
      "The share of each head that is rotated is not an even number of columns.",
      "Correct partial_rotary_factor, rotary_pct or head_dim.",
    ],
    [
      'Cannot scale rotary embeddings by "…" as "partial_rotary_factor" must be 1 in a family whose heads turn whole: received …',
      "transformers would make angles for a part of each head and rotate the whole of it.",
      "Remove partial_rotary_factor.",
    ],
    [
      'Cannot read the rotary embedding as "…" has no value, with which transformers cannot compute (without the field it has a default): received null',
      "The field is null.",
      "Remove it, or write its value.",
    ],
    [
      'Cannot scale rotary embeddings by "…" as "original_max_position_embeddings" has no value: received null',
      "The field is null.",
      "Remove it, or write the context that the model was first trained with.",
    ],
    [
      'Cannot read the rotary embedding as "rope_parameters.…" is for families whose kinds of layers have angles of their own: received it in a family whose layers turn alike',
      "The settings are those of another family, such as Gemma 3.",
      "Write one set of settings.",
    ],
    [
      'Cannot read the rotary embedding as "…" is left unread where "rope_scaling" stands beside "rope_parameters": received …',
      "transformers reads one of the two places alone, and this setting stands in the other one.",
      "Write all settings in one place.",
    ],
    [
      'Cannot use --normalize-reward as "mean" and "std" of config.json must be a number and one above 0: received … and …',
      "--normalize-reward asks for `mean` and `std` of config.json, and they are missing or are not numbers that can divide.",
      "Leave --normalize-reward out, or write the two fields as OpenRLHF does.",
    ],
  ]),
  section("Prebuilt graphs (model.onnx)", ["prebuilt", "model/prebuilt"], [
    [
      "Cannot read … as an ONNX file as …",
      "The file is damaged, is no ONNX file, or holds what is not read: weights in a file elsewhere than beside it, or of a type that models do not have.",
      "Download the file again with the files beside it, or export the model again.",
    ],
    [
      "Cannot read … as it is not a file: received a directory",
      "A directory has the name of the ONNX file.",
      "Put the file there.",
    ],
    [
      "Cannot use … as a reward model as …: received …",
      "The graph is not that of a sequence classifier: it takes other inputs than ids, mask, types and positions, gives something else than one row of logits for each text, or was exported for texts of one length.",
      "Export the model for the task text-classification, with dynamic axes.",
    ],
    [
      'Cannot use … as the positions of its family begin behind the id of padding, and are to be made by the graph itself: received the input "position_ids" of …',
      "The export takes positions from outside, and how they are numbered depends on the family.",
      "Export the model with `input_ids` and `attention_mask` alone.",
    ],
    [
      "Cannot use --head as the model is read from …, which has its head within: received --head …",
      "A prebuilt graph computes its own score; no other head can be put on it.",
      "Leave --head out, or serve the directory that has the weights.",
    ],
    [
      "Cannot use --onnx as there is neither …: received …",
      "--onnx asks for the directory's own graph, and there is none.",
      "Leave --onnx out, or export the model with optimum.",
    ],
    [
      'Cannot read the configuration of a prebuilt graph as "…" is not usable: …',
      "A field of config.json is missing or has another type than transformers gives it.",
      "Use the config.json that was saved with the model.",
    ],
    [
      "Cannot read the configuration of a prebuilt graph as none of … is a positive integer: received … other fields",
      "config.json does not say this size under any name that is known.",
      "Add the first of the fields that the message lists.",
    ],
    [
      "Cannot read a prebuilt graph otherwise as it decides by itself what is computed: received …",
      "--pool-at and --architecture change the graph that Abacus writes itself, and this one is written already.",
      "Leave the flag out; with weights in safetensors and a family of ours the model can be read without its ONNX file.",
    ],
    [
      "Cannot compute otherwise than the prebuilt graph does, which is in …: received --dtype …",
      "A prebuilt graph has its types written into it.",
      "Leave --dtype out, or export the model in that type.",
    ],
  ]),
  section("Weights", ["weights"], [
    [
      "Cannot read … as it is not a file: received a directory or device",
      "A directory or a device has the name of a file of the model.",
      "Put the file there.",
    ],
    [
      "Cannot read … as it may have at most … bytes: received …",
      "A JSON file of the model is far larger than such files are.",
      "Check that it is the file that its name says.",
    ],
    [
      "Cannot read … as there is no such file: received …",
      "A file of the model is missing.",
      "Download it; an interrupted download may have left it out.",
    ],
    [
      "Cannot read … as it may not be read: received …",
      "The operating system does not let this user read the file, or Deno was not given --allow-read for it.",
      "Change the permissions of the file or of the command.",
    ],
    [
      "Cannot read … as …: received … characters",
      "The JSON is nested too deeply or too long to be what it should be.",
      "Check that it is the file that its name says.",
    ],
    [
      "Cannot read … as it has a key twice: received …",
      "A JSON object names one key twice, and readers differ in which one they take.",
      "Remove the one that is wrong.",
    ],
    [
      "Cannot read … as it is not UTF-8: received … bytes",
      "The file is not text in UTF-8.",
      "Download the file again.",
    ],
    [
      "Cannot read … as it is not JSON: received …",
      "The file is not JSON, such as a page that a proxy answered instead of the file.",
      "Download the file again.",
    ],
    [
      "Cannot read … as it is too short for a safetensors file: received … bytes",
      "The file was cut off, or is no safetensors file.",
      "Download the file again.",
    ],
    [
      "Cannot read … as its header may have at most … bytes: …",
      "The first eight bytes announce a header larger than any model has; the file is damaged or no safetensors file.",
      "Download the file again.",
    ],
    [
      "Cannot read … as its header is longer than the file of … bytes, which may be truncated: …",
      "The file was cut off.",
      "Download the file again.",
    ],
    [
      "Cannot read … as its header is too short for a JSON object: …",
      "The file is damaged.",
      "Download the file again.",
    ],
    [
      "Cannot read … as it is a Git LFS pointer instead of the weights, which 'git lfs pull' fetches: received \"……\"",
      "A git clone without LFS left pointers in the place of large files.",
      "Run `git lfs pull` in the directory.",
    ],
    [
      "Cannot read … as it ends before its header does: received … bytes of …",
      "The file was cut off, or is being written.",
      "Download the file again.",
    ],
    [
      "Cannot read … as its header is not a JSON object: received …",
      "The file is damaged or no safetensors file.",
      "Download the file again.",
    ],
    [
      "Cannot read … as it may list at most … tensors: received …",
      "The header lists more tensors than any model has.",
      "Check that the file is a checkpoint.",
    ],
    [
      "Cannot read tensor … of … as …: received …",
      "The header contradicts itself about this tensor: its type, its shape or its place.",
      "Download the file again.",
    ],
    [
      "Cannot read tensor … of … as it ends behind the file, which may be truncated: received byte … of …",
      "The file was cut off.",
      "Download the file again.",
    ],
    [
      "Cannot read … as two tensors overlap: received … and …",
      "The header places two tensors on the same bytes.",
      "Write the checkpoint again with save_pretrained.",
    ],
    [
      "Cannot read … as some of its bytes belong to no tensor: received bytes … to …",
      "The header leaves bytes out, which safetensors does not allow.",
      "Write the checkpoint again with save_pretrained.",
    ],
    [
      "Cannot read tensor … of … as the file has become shorter: received … bytes of …",
      "The file was replaced while it was read.",
      "Load the model again.",
    ],
    [
      "Cannot load … as its tensor … must have the shape …: received …",
      "config.json and the weights are of different models.",
      "Use the config.json that was saved with these weights.",
    ],
    [
      "Cannot load … as its tensor … must be float64, float32, float16 or bfloat16: received …",
      "The tensor is stored in a type that is not computed with, as quantised weights are.",
      "Save the model in float16, bfloat16 or float32.",
    ],
    [
      "Cannot load … as the architecture has no use for …: received …",
      "The checkpoint holds a tensor that this class of transformers does not have, so it may be a model of another kind.",
      "Check `architectures` in config.json.",
    ],
    [
      "Cannot load … as its tensor … of shape … is missing: received …",
      "The checkpoint lacks a tensor. transformers would fill it with random numbers, and the scores would be noise.",
      "Use a checkpoint that was trained as a reward model: the base model has no head.",
    ],
    [
      "Cannot load … as it has more than … tensors: received …",
      "The shards hold more tensors than any model has.",
      "Check that the directory is a checkpoint.",
    ],
    [
      "Cannot read … as it is not a file: received …",
      "A directory or a device has the name of a file of weights.",
      "Put the file there.",
    ],
    [
      "Cannot load … as it lacks tensors that … places there: received none called …",
      "The index and the shards are of different checkpoints, or a shard was cut off.",
      "Download index and shards again, from one revision.",
    ],
    [
      "Cannot load … as it holds tensors that … does not place there: received …",
      "The index and the shards are of different checkpoints.",
      "Download index and shards again, from one revision.",
    ],
    [
      "Cannot read a tensor of … as numbers, which must be float64, float32, float16 or bfloat16: received …",
      "The tensor is stored in a type that is not computed with.",
      "Save the model in float16, bfloat16 or float32.",
    ],
    [
      "Cannot read … as it may name at most … shards: received …",
      "The index names more files than any model has.",
      "Check that the file is the index of a checkpoint.",
    ],
    [
      "Cannot read … as it has no 'weight_map' from tensors to files: received …",
      "The index is not one that transformers writes.",
      "Write the checkpoint again with save_pretrained.",
    ],
    [
      "Cannot read … as it must list 1 to … tensors: received …",
      "The index lists no tensor, or more than any model has.",
      "Write the checkpoint again with save_pretrained.",
    ],
    [
      "Cannot read … as a shard must be the name of a … file beside it: received …",
      "The index names a file elsewhere or of another format. Files outside the directory are never read.",
      "Put the shards beside the index.",
    ],
    [
      "Cannot load … as an adapter as it holds adapter_config.json and neither …; remove adapter_config.json where the adapter is merged already: received …",
      "There is an adapter_config.json and no adapter_model.safetensors or adapter_model.bin.",
      "Copy the adapter's weights there, or remove adapter_config.json where the model is a whole one.",
    ],
    [
      "Cannot load … as it holds an adapter, which has to be merged into its base model first: received …",
      "The directory holds a LoRA adapter, which is a change of another model.",
      "Merge it with `merge_and_unload()` of peft, and save the result.",
    ],
    [
      "Cannot load a model as …: received …",
      "The directory cannot be listed.",
      "Check that it exists and may be read.",
    ],
    [
      "Cannot load … as it holds several safetensors files without model.safetensors.index.json, which lists their tensors: received …",
      "The index of a sharded checkpoint is missing.",
      "Download model.safetensors.index.json.",
    ],
    [
      "Cannot load … as it holds …; convert them to safetensors, as transformers' save_pretrained does: received …",
      "The weights are stored in a format that can run code when it is read, or of another library.",
      "Load them with transformers and save them with save_pretrained.",
    ],
    [
      "Cannot load … as it holds neither a safetensors file nor pytorch_model.bin: received …",
      "The directory holds no weights.",
      "Download model.safetensors.",
    ],
    [
      "Cannot convert a model whose files change meanwhile: received …",
      "A file of weights was replaced while it was converted.",
      "Load the model again.",
    ],
    [
      "Cannot keep converted weights in the cache as …: received …",
      "The folder of --cache cannot be written, or the disk is full.",
      "Name another folder, or leave --cache out.",
    ],
    [
      "Cannot compute in float16 as a number of tensor … of … is beyond its range: received …",
      "A weight is larger than float16 can hold (65,504).",
      "Use --dtype float32.",
    ],
    [
      "Cannot read weights in int8 out of the cache as they are not those of … (removing the file has them made again): received …",
      "A file in the cache was replaced by another one.",
      "Remove it, or all with inspect --empty-cache.",
    ],
    [
      "Cannot compute in int8 as a number of tensor … of … is not finite: received …",
      "A weight is infinite or not a number, which whole numbers would hide.",
      "Download the weights again, or ask who made them.",
    ],
    [
      "Cannot store a tensor of … as int8 as it must be float64, float32, float16 or bfloat16: received …",
      "A tensor was to be converted that holds no numbers of these types.",
      "This is a fault of Abacus: please report it with the names of the model's tensors.",
    ],
    [
      "Cannot load … as it holds one tensor under two names: received … and …",
      "The same tensor stands under an old and a new name.",
      "Remove one, by saving the model again with save_pretrained.",
    ],
    [
      "Cannot load a model without tensors: received …",
      "The files of weights list no tensor.",
      "Download them again.",
    ],
    [
      "Cannot read a tensor that … does not hold: received …",
      "A tensor was asked for that the checkpoint does not hold.",
      "This is a fault of Abacus: please report it with the names of the model's tensors.",
    ],
    [
      "Cannot store a tensor of … as float16 as it must be float64, float32 or bfloat16: received …",
      "A tensor was to be converted that holds no numbers of these types.",
      "This is a fault of Abacus: please report it with the names of the model's tensors.",
    ],
    [
      "Cannot read … as …",
      "A pytorch_model.bin is damaged, or its pickle asks for more than tensors: a function, a class or an operation that could run code. Nothing of it is ever run.",
      "If you trust the file, load it with torch in a place that you trust and save it as safetensors.",
    ],
  ]),
  section("Number types", [
    "model/converted_weights.ts",
    "model/fitting_blueprint.ts",
    "model/gpu_fitting.ts",
    "cli/fidelity",
    "cli/ppo/own_server.ts",
  ], [
    [
      "Cannot compute in bfloat16 on WebGPU, which has no such numbers; --dtype float16 has as many bits: received --device …",
      "--dtype bfloat16 was asked for on WebGPU, which knows float16 and float32 alone.",
      "Use --dtype float16, or --device cuda.",
    ],
    [
      "Cannot attend in fused operators but on --device cpu, or on cuda in float16 or bfloat16: received --device … --dtype …",
      "--attention fused was asked for where onnxruntime has no such operator, or one that computes other numbers (WebGPU).",
      "Leave --attention out, or use --device cuda with --dtype bfloat16 or float16.",
    ],
    [
      "Cannot load the model on … as …, and … are free: received …",
      "The weights with the largest batch take more memory than the GPU has left, as its driver says, in every number type that was tried.",
      "Use --dtype bfloat16 or float16, a smaller --max-batch-tokens or --max-attention-mb, another GPU, or end what else runs there.",
    ],
    [
      "Cannot load the model as …, and … are free: received …",
      "The weights alone, in the number type that is named, take more memory than the machine has left, and the system would end the process while it loads them. Replicas each hold them once.",
      "Use --dtype int8 (inspect --fidelity tells what it changes), fewer replicas, a smaller model, or a machine with more memory.",
    ],
    [
      "Cannot keep weights in int8 beside the model as its folder cannot be written (--cache names another, Deno needs --allow-write for it): received …",
      "--dtype int8 keeps the converted weights in the folder .abacus of the model's directory, which cannot be written.",
      "Name a folder with --cache, and let Deno write there with --allow-write.",
    ],
    [
      "Cannot compute in int8 as that is for the CPU: received --device …",
      "Whole numbers of 8 bits are multiplied on a CPU only.",
      "Use --device cpu, or --dtype float16 on a GPU.",
    ],
    [
      "Cannot compare float32 with itself as --fidelity needs --dtype int8 or float16: received …",
      "inspect --fidelity compares a number type with float32.",
      "Add --dtype int8 or --dtype float16.",
    ],
    [
      "Cannot compare scores as no row has one: received …",
      "No row of the file of --fidelity could be read and scored.",
      "Run score on the file, which writes the error of each row.",
    ],
    [
      "Cannot train with rewards in int8 as a policy would learn what rounding adds to them: received --dtype …",
      "ppo computes its rewards in float32 or float16.",
      "Leave --dtype out, or start a server of your own with --dtype int8 and name it with --server.",
    ],
    [
      "Cannot use … (or …) as it is for a server that the trainer starts itself, and --server names …: received '…'",
      "A setting of the trainer's own reward server stands beside --server.",
      "Leave one of the two out.",
    ],
  ]),
  section("Tokenizer", [
    "text/open_library.ts",
    "text/tokenizer.ts",
    "text/tokenizer_files.ts",
    "text/tokenizer_fields.ts",
    "text/tokenizer_definition.ts",
    "text/tokenizer_class.ts",
    "text/tokenizer_classes.ts",
    "text/tokenizer_arguments.ts",
    "text/tokenizer_frames.ts",
    "text/split_tokens.ts",
    "text/close.ts",
    "text/load_sample_tokenizer.ts",
    "text/vocabulary_files.ts",
    "text/read_text.ts",
  ], [
    [
      "Cannot load tokenizer.json as the tokenizers library refuses it: received …",
      "tokenizer.json is damaged, or was written by a newer version of the tokenizers library.",
      "Write it again: AutoTokenizer.from_pretrained(directory).save_pretrained(directory).",
    ],
    [
      "Cannot use the tokenizer as it accepts none of …: received …",
      "The tokenizer gives an error for every text that was tried.",
      "Check that tokenizer.json is of this model; its vocabulary may be empty.",
    ],
    [
      "Cannot read … as '…' has another form than transformers gives it: received …",
      "A field of a tokenizer file has another type than transformers writes.",
      "Compare the field with the one of the base model.",
    ],
    [
      "Cannot read … as it must be JSON: received …",
      "The file is not JSON.",
      "Download the file again.",
    ],
    [
      "Cannot load the tokenizer of … as it has no …, which … writes there: received …",
      "The directory has no tokenizer.json, but perhaps files that it can be made of.",
      "Run the line that the message names, once, in Python.",
    ],
    [
      "Cannot load the tokenizer of … as … asks for code of its own or an object of Python, and without it the ids may be others (where tokenizer.json says all, remove the field): received …",
      "A field names Python code, which Abacus never runs.",
      "Remove the field if tokenizer.json alone gives the right ids.",
    ],
    [
      "Cannot load the tokenizer of … as '…' of tokenizer.json cannot be used: received …",
      "A part of tokenizer.json makes ids random, or cannot be taken over into the class that transformers would build.",
      "Write the tokenizer again with save_pretrained.",
    ],
    [
      "Cannot load the tokenizer as 'tokenizer_class' of tokenizer_config.json is …, which is made of …: received … in tokenizer.json",
      "The class and tokenizer.json are of different algorithms, so one of the files is of another model.",
      "Use the tokenizer files of one model.",
    ],
    [
      "Cannot load the tokenizer of … as transformers builds the class that 'tokenizer_class' names in a way of its own, which Abacus does not know (where tokenizer.json says all, write PreTrainedTokenizerFast in tokenizer_config.json): received '…'",
      "transformers would not use tokenizer.json as it stands but build the tokenizer anew, so the ids may be others.",
      "Write PreTrainedTokenizerFast as the class if tokenizer.json alone gives the right ids.",
    ],
    [
      "Cannot load the tokenizer of … as '…' of … must be …: received …",
      "A switch or a token of the tokenizer has a value that transformers refuses too.",
      "Correct the field.",
    ],
    [
      "Cannot read control tokens as text ('split_special_tokens') as the special token '…' overlaps with another added token: received '…'",
      "With split_special_tokens transformers would match the other token within the special one, in a way that cannot be told from the files.",
      "Remove one of the two tokens, or the field.",
    ],
    [
      "Cannot read prompt and completion as a pair as the tokenizer gives the second text the token type 1, and the model has an embedding for type 0 only: received --pair",
      "The tokenizer marks the second text of a pair in a way that the model was not trained on.",
      "Leave --pair out, or correct model_input_names in tokenizer_config.json.",
    ],
    [
      "Cannot close texts as …: received …",
      "--append-eos or `close` asks for an end-of-sequence token, and the tokenizer names none, or one that is no token; or `close` asks for a reward token, which only models like InternLM2 have.",
      "Add eos_token to tokenizer_config.json, or do not ask for it.",
    ],
    [
      "Cannot load the tokenizer of … as it has no tokenizer.json, which … writes there, and its class … is not made of what there is: received …",
      "The directory has no tokenizer.json, and its other files are not those that its class is made of.",
      "Run the line that the message names, once, in Python.",
    ],
    [
      "Cannot load the tokenizer as its '…', which stands around every text, must be …: received …",
      "A special token that the class puts around texts is missing or is none.",
      "Correct the field in tokenizer_config.json.",
    ],
    [
      "Cannot read merges.txt as line … must be two pieces with a space between them: received …",
      "merges.txt is damaged.",
      "Download it again.",
    ],
    [
      "Cannot read … as it may have at most … bytes: received …",
      "The file is far larger than such files are.",
      "Check that it is the file that its name says.",
    ],
    [
      "Cannot read … as text: received …",
      "The file cannot be read, or is not UTF-8.",
      "Check its permissions, or download it again.",
    ],
    [
      "Cannot close a text that ends in padding, as the model would read it before the token that is appended (leave it out): received the id … at the end",
      "An end-of-sequence token was asked for behind a text that ends in padding.",
      "Send the text without the padding.",
    ],
    [
      "Cannot load the tokenizer as its added tokens '…' and '…' are the same once they are normalised, so that ids would be random: received '…' for both",
      "Two added tokens become the same text in the normaliser, and which of them is found depends on the run, in transformers too.",
      "Remove one of them.",
    ],
  ]),
  section("Chat templates and conversations", [
    "text/chat_template.ts",
    "text/choose_template.ts",
    "text/template_files.ts",
    "text/rendered_sample.ts",
    "text/turn.ts",
  ], [
    [
      "Cannot render the messages as …: received …",
      "The template refuses these messages with a message of its own author, or does what the engine that renders templates does not know; the message says which.",
      "Send messages as the model's card describes; give another template with --chat-template where the engine is at fault, and report it.",
    ],
    [
      "Cannot use --chat-template as it must be none, a file with a template, or one of the templates of the model, which are …: received …",
      "The setting is neither a file nor the name of one of the model's templates.",
      "Use a name that the message lists, or the path of a file.",
    ],
    [
      "Cannot use --chat-template as it must be none, a file with a template, or one of the templates of the model, which are …: received '…'",
      "The setting is neither a file nor the name of one of the model's templates.",
      "Use a name that the message lists, or the path of a file.",
    ],
    [
      "Cannot use --chat-template as the template …: received …",
      "The template that was given cannot be read.",
      "Correct the template at the place that the message names.",
    ],
    [
      "Cannot read … as it may hold at most … templates: received …",
      "additional_chat_templates holds more files than any model has.",
      "Remove those that are not needed.",
    ],
    [
      "Cannot render messages as …: received …",
      "The model has no chat template, or none that can be read.",
      "Send a prompt as text, or give a template with --chat-template.",
    ],
    [
      "Cannot encode as a sample may have at most … characters: received …",
      "Prompt and completion are far longer than the model's context.",
      "Shorten them.",
    ],
    [
      "Cannot render more than … messages: received …",
      "The conversation has more messages than the limit of the server.",
      "Send fewer messages.",
    ],
    [
      "Cannot encode '…' as it must be Unicode text: received the lone surrogate U+… at character …",
      "The text has half of a character of UTF-16, as when it was cut within an emoji.",
      "Cut texts between characters.",
    ],
    [
      "Cannot find the completion in the rendered messages as the model's chat template does more to it than leave out space or one part of it: received …, which renders as a text that ends in …",
      "The template writes the completion in another way than it was given, such as reordered or escaped, so rewards could not be given to its characters.",
      "Send prompt and completion as texts with the template applied.",
    ],
  ]),
  section("Texts", [
    "text/encoding.ts",
    "text/fit.ts",
    "text/model_sample_tokenizer.ts",
    "text/pooling.ts",
    "text/tokenize_texts.ts",
    "text/tokenized_sample.ts",
    "text/paid_tokens.ts",
    "text/control_tokens.ts",
    "text/encode_pieces.ts",
    "model/pool_at.ts",
    "model/asked_head.ts",
    "model/closing.ts",
  ], [[
    "Cannot close texts with the end-of-sequence token as … reads its score at the token …, with which all texts are closed: received --append-eos",
    "--append-eos would leave the score without the token that it is read at.",
    "Leave --append-eos out: texts of this model are closed as it needs it.",
  ], [
    "Cannot encode as the model reads at most … tokens: received …",
    "The prompt with the completion is longer than the model's context.",
    'Shorten it, or ask for truncation: "truncate": "left" or "right".',
  ], [
    "Cannot truncate on the left as the completion with its special tokens alone is longer than the … tokens that the model reads",
    "Even without its prompt the completion does not fit.",
    "Shorten the completion, or truncate on the right.",
  ], [
    "Cannot truncate on the right as the prompt with its special tokens fills the … tokens that the model reads",
    "Nothing of the completion would be left.",
    "Shorten the prompt, or truncate on the left.",
  ], [
    "Cannot encode as there must be at least one token: received none",
    "Prompt and completion are empty, and the tokenizer adds no token.",
    "Send a text.",
  ], [
    "Cannot encode as the model has an embedding for … token types only: received …",
    "The tokenizer gives a type that the model has no embedding for.",
    "Use the tokenizer of this model.",
  ], [
    "Cannot encode as the model has no embedding for the token …, only for ids below …: received …",
    "The tokenizer knows more tokens than the model, as when one was added without resizing the embedding.",
    "Use the tokenizer of this model, or leave the token out of the text.",
  ], [
    "Cannot keep control tokens out of users' texts (--split-special-tokens) where a template has been applied already, as its own cannot be told from theirs: received such a text",
    "The protocol sends texts to which a chat template was applied, so control tokens of users and of the template look alike.",
    "Send messages, or serve this client without --split-special-tokens.",
  ], [
    "Cannot score as the gate reads where a prompt ends, at the tokens … before the one that the score is read at: received a text without them",
    "ArmoRM weighs its objectives by what it reads where the assistant's answer begins, which the text does not show.",
    "Send messages, or texts that hold the header of the assistant's turn as the chat template writes it.",
  ], [
    "Cannot score as the score is read at the token …: received a text without it",
    "--pool-at names a token that the text does not hold.",
    "Check the chat template, or --append-eos where the end-of-sequence token is meant.",
  ], [
    "Cannot encode as the tokenizer refuses the text: received …",
    "The tokenizers library has an error for this text, as for an unknown character without a token for it.",
    "Remove what the message names from the text.",
  ], [
    "Cannot encode as the model's token ids go from 0 to …: received …",
    "A list of ids holds a number that is no id of this model.",
    "Send ids of the reward model's own tokenizer, not of the policy's.",
  ], [
    "Cannot align to the caller's tokens as …: received …",
    "token_spans are not ranges of the completion in reading order, or the completion was given as ids.",
    "Count code points (Python's string indices), and send spans with texts only.",
  ], [
    "Cannot keep control tokens out of a text (--split-special-tokens) that has the private characters by which they are marked: received U+F0000 or U+F0001",
    "The text holds private characters that mark control tokens while it is rendered.",
    "Remove these characters; they have no meaning of their own.",
  ], [
    "Cannot read a control token as plain text (--split-special-tokens) as the tokenizer makes it of plain text too: received '…'",
    "The tokenizer's model has the control token in its own vocabulary, so that even its letters alone give it.",
    "Remove the token from users' texts.",
  ], [
    "Cannot use --head as …: received '…'",
    "--head is neither value nor vocabulary: with tokens, or names a token that the vocabulary lacks.",
    "Use value, or vocabulary: with tokens by their texts or ids, such as vocabulary:0 or vocabulary:Yes,No.",
  ], [
    "Cannot read the score there as …: received --pool-at …",
    "--pool-at names a token that the vocabulary lacks, or an encoder's score is asked for elsewhere than its head was trained.",
    "Use last, last-non-pad, eos, a token of the vocabulary or its id.",
  ]]),
  section("Steps of process reward models", [
    "model/scoring.ts",
    "model/step_score.ts",
    "model/step_settings.ts",
    "text/named_tokens.ts",
    "text/step_pieces.ts",
    "text/step_tokens.ts",
    "text/steps.ts",
  ], [
    [
      "Cannot use --normalize-reward as its statistics are those of scores of whole completions: received …, which scores steps",
      "The model scores steps, and the mean and deviation in config.json were taken over something else.",
      "Leave --normalize-reward out.",
    ],
    [
      "Cannot score steps by a probability unless --score names one of the labels …: received …",
      "The score of a step is the probability of one label, and the head has more than two, or --score gives weights.",
      "Name the label of good steps: --score LABEL.",
    ],
    [
      "Cannot read steps there as …: received …",
      "--step-at or --step-mark names no token of the model, contradicts the other one, or the model scores whole completions.",
      "Name a token of the vocabulary by its text or its id, or leave the setting out.",
    ],
    [
      "Cannot write a text in the model's tokens as the tokenizer refuses it: received '…'",
      "The tokenizer has no token for a line break, which was to stand behind every step.",
      "Use --step-mark none, or a token of the vocabulary.",
    ],
    [
      "Cannot read the steps of ids, which are taken as they are, as the model reads each at its mark … (send texts, or ids with the mark behind every step): received ids without the id …",
      "The completion was given as ids, which Abacus does not change, and they have no marks although their text has several steps.",
      "Send texts, or put the id of the mark behind every step.",
    ],
    [
      "Cannot read the completion's steps as …: received …",
      "`steps` of the request are no ranges of the completion in reading order, or the chat template or the tokenizer leaves one of them nothing, or the model scores no steps.",
      "Send ranges of code points that do not overlap, each with characters of its own, or leave `steps` out.",
    ],
  ]),
  section("Credit", ["credit", "scorer"], [
    [
      "Cannot assign credit as … must be finite: received …",
      "A number that credit is made of is NaN or infinite. No number is made up for it.",
      "Check the weights; with --dtype float16 values may overflow, so try float32.",
    ],
    [
      "Cannot assign credit as the rewards must add up to the score …: received …",
      "The rewards do not add up to the score, which every method promises.",
      "This is a fault of Abacus: please report it with the model and the text.",
    ],
    [
      "Cannot assign credit as the method must be one of …: received '…'…",
      "No credit method has this name.",
      "Use one that the message lists.",
    ],
    [
      "Cannot assign credit as the layer must be from … to …, or all: received …",
      "credit.layer names a layer that the model does not have.",
      "Count layers from 0, or from -1 for the last one down; leave it out for the mean of all.",
    ],
    [
      "Cannot assign credit as '…' …",
      "The method reads scores of prefixes, which an encoder does not have, or something else that the model does not give; steps works on process reward models alone, and red, gradient, occlusion and shapley on models that score whole completions.",
      "Use another method: GET /v1/models lists those of the model.",
    ],
    [
      "Cannot assign credit by … as a text may have at most … tokens for that (--max-gradient-mb): received …",
      "The method keeps the attention of the whole text in memory, which would be too much.",
      "Raise --max-gradient-mb, or use abc.",
    ],
    [
      "Cannot score ids as the members of '…' have vocabularies of their own, in which an id is another token: received ids for '…' and '…'",
      "A request of ids asks a mixture whose models have different tokenizers.",
      "Send text with token_spans, or mix models of one tokenizer.",
    ],
  ]),
  section("Files and rows of score", ["cli/score", "wire/parse.ts", "wire/floats.ts"], [
    [
      "Cannot read rows as …: received …",
      "The input cannot be opened.",
      "Check the path and its permissions.",
    ],
    [
      "Cannot score rows as one model or one mixture must do it (--mix NAME=MODEL:WEIGHT,... makes one of several): received … models and … mixtures",
      "Several models were given without a mixture of them, or several mixtures.",
      "Give one --model, or add one --mix.",
    ],
    [
      "Cannot resume as the state file is damaged (--fresh starts over): received …",
      "The file beside the output that says how far a run has come is not what was written.",
      "Start over with --fresh.",
    ],
    [
      "Cannot write as …: received …",
      "The output cannot be written, or the disk is full.",
      "Check the path, its permissions and the space that is left.",
    ],
    [
      "Cannot read Parquet as …: received …",
      "The file is no Parquet file, damaged, encrypted, or compressed in a way that is not known.",
      "Write it again, with pyarrow or polars.",
    ],
    [
      "Cannot read the row as JSON has nothing for the type of a column: received …",
      "The column has a type that JSON cannot say.",
      "Convert the column, or leave it out of what is read.",
    ],
    [
      "Cannot read a value of Parquet as its bytes are no text: received … bytes",
      "A column that holds a prompt or an answer has bytes that are not UTF-8.",
      "Convert the column to text.",
    ],
    [
      "Cannot read the row as two columns could be … says which): received '…' and '…'",
      "The row has two columns that may hold the same thing.",
      "Name one with --prompt-column, --completion-column or --messages-column.",
    ],
    [
      "Cannot read the row as …: received the columns ……",
      "The columns are those of no known layout.",
      "Name them with --prompt-column, --completion-column or --messages-column.",
    ],
    [
      "Cannot read the row as its line …: received …",
      "The line is not one JSON object, or names a key twice.",
      "Correct the line; the others are scored.",
    ],
    [
      "Cannot score as …: received …",
      "The run as a whole cannot be made: its input or output cannot be used as it is asked.",
      "Do what the message says.",
    ],
    [
      "Cannot read the row as … …: received …",
      "A column of the row has another type than its layout needs.",
      "Correct the value; the other rows are scored.",
    ],
    [
      "Cannot reply as a number is not finite: received …",
      "A number does not fit into float32.",
      'Ask for "encoding": "json", or check the weights.',
    ],
    [
      "Cannot read … as … …: received …",
      "A field of the request has another type or value than the API allows; `path` names it.",
      "Correct the field; /docs describes all of them.",
    ],
  ]),
  ...serving,
  section("Installing CUDA's libraries", ["cuda/install.ts", "cuda/wheel_file.ts"], [
    [
      "Cannot install … as it cannot be had: received …",
      "A wheel could not be fetched from PyPI, or is not in the folder that was named.",
      "See that the machine reaches pypi.org, or fetch the wheels elsewhere as docs/gpu.md shows and name their folder.",
    ],
    [
      "Cannot install … as its SHA-256 has to be …: received …",
      "The wheel is another file than the one that Abacus was tested with, or was damaged on its way.",
      "Run the command again; for a folder of wheels fetch the versions that docs/gpu.md names.",
    ],
    [
      "Cannot take libraries out of … as it is no wheel that was expected: received …",
      "The file has the right hash but is not the archive that the table of wheels describes: the table is wrong.",
      "Report it; it is a fault of Abacus.",
    ],
  ]),
];
