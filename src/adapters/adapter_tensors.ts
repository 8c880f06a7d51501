/**
 * The tensors of an adapter by what they do, as the names tell that peft gives them. Pure.
 *
 * `base_model.model.` stands before the name of a module in transformers; behind it stands what is stored of it.
 *
 * @module
 */

import { badModel, describeTensor, listed } from "../weights/bad_model.ts";
import type { ListedTensor } from "../weights/checkpoint.ts";

/** The matrices of one module, before anybody has looked at their shapes. */
export interface Matrices {
  /** Whether they belong to a linear layer or to a table of embeddings. */
  readonly kind: "linear" | "table";
  /** `A`, `[rank, inputs]`. */
  readonly down: ListedTensor;
  /** `B`, `[outputs, rank]`. */
  readonly up: ListedTensor;
  /** `[outputs]`, with `lora_bias`. */
  readonly bias?: ListedTensor;
}

/** All tensors of an adapter. */
export interface AdapterTensors {
  /** By module. */
  readonly matrices: ReadonlyMap<string, Matrices>;
  /** Tensors in place of the base model's, by the names that those have in transformers. */
  readonly saved: ReadonlyMap<string, ListedTensor>;
  /** Tensors that peft stores and does not read, with the reason. */
  readonly needless: readonly { readonly tensor: ListedTensor; readonly reason: string }[];
}

/** What one stored name says. */
type Role =
  | { readonly role: "matrix"; readonly module: string; readonly part: Part }
  | { readonly role: "saved"; readonly name: string; readonly of?: "base" | "copy" }
  | { readonly role: "needless"; readonly reason: string };

type Part = "lora_A" | "lora_B" | "lora_embedding_A" | "lora_embedding_B" | "bias";

/** The names of peft, the first that matches counts. */
const roles: readonly (readonly [pattern: RegExp, role: (match: RegExpExecArray) => Role])[] = [
  [/^(.+)\.(lora_[AB])\.weight$/, ([, module, part]) => matrix(module!, part as Part)],
  [/^(.+)\.lora_B\.bias$/, ([, module]) => matrix(module!, "bias")],
  [/^(.+)\.(lora_embedding_[AB])$/, ([, module, part]) => matrix(module!, part as Part)],
  [/^(.+)\.base_layer\.(weight|bias)$/, ([, module, of]) => saved(`${module}.${of}`, "base")],
  [/^.+\.original_module\..+$/, () => ({ role: "needless", reason: "what a saved module was" })],
  [
    /^(.+)\.modules_to_save\.(?:default\.)?(.+)$/,
    ([, module, of]) => saved(`${module}.${of}`, "copy"),
  ],
  [/^(.+)$/, ([, name]) => saved(name!)],
];

function matrix(module: string, part: Part): Role {
  return { role: "matrix", module, part };
}

function saved(name: string, of?: "base" | "copy"): Role {
  return { role: "saved", name, ...(of === undefined ? {} : { of }) };
}

const PREFIX = "base_model.model.";

/**
 * Sorts the tensors of an adapter.
 *
 * @param source the file, for errors
 * @throws {AbacusError} `bad_model` naming tensors that peft would leave unread or could not read
 */
export function adapterTensors(source: string, tensors: Iterable<ListedTensor>): AdapterTensors {
  const parts = new Map<string, Map<Part, ListedTensor>>();
  const whole: { readonly tensor: ListedTensor; readonly role: Role & { role: "saved" } }[] = [];
  const needless: AdapterTensors["needless"][number][] = [];
  for (const tensor of tensors) {
    const role = roleOf(source, tensor);
    if (role.role === "needless") needless.push({ tensor, reason: role.reason });
    else if (role.role === "saved") whole.push({ tensor, role });
    else parts.set(role.module, (parts.get(role.module) ?? new Map()).set(role.part, tensor));
  }
  const matrices = new Map(
    [...parts].map(([module, own]) => [module, matricesOf(source, module, own)]),
  );
  return { matrices, ...savedOf(source, whole, { matrices, needless }) };
}

function roleOf(source: string, tensor: ListedTensor): Role {
  const { name } = tensor;
  if (!name.startsWith(PREFIX)) throw unread(source, [tensor], `no name begins with ${PREFIX}`);
  for (const [pattern, role] of roles) {
    const match = pattern.exec(name.slice(PREFIX.length));
    if (match !== null) return role(match);
  }
  throw unread(source, [tensor], "it has no name behind the prefix");
}

function matricesOf(
  source: string,
  module: string,
  own: ReadonlyMap<Part, ListedTensor>,
): Matrices {
  const kind = own.has("lora_A") || own.has("lora_B") ? "linear" : "table";
  const [a, b] = kind === "linear"
    ? ["lora_A", "lora_B"] as const
    : ["lora_embedding_A", "lora_embedding_B"] as const;
  const [down, up, bias] = [own.get(a), own.get(b), own.get("bias")];
  const expected = bias === undefined ? 2 : 3;
  if (down === undefined || up === undefined || own.size !== expected) {
    throw badModel(
      `Cannot load ${source} as ${module} has to have both of ${a} and ${b}, and nothing of another kind: ` +
        `received ${listed([...own.values()].map(describeTensor))}`,
    );
  }
  return { kind, down, up, ...(bias === undefined ? {} : { bias }) };
}

/** peft reads a whole tensor as that of the layer within an adapted one, and under its own name elsewhere. */
function savedOf(
  source: string,
  whole: readonly { readonly tensor: ListedTensor; readonly role: Role & { role: "saved" } }[],
  { matrices, needless }: Pick<AdapterTensors, "matrices" | "needless">,
): Pick<AdapterTensors, "saved" | "needless"> {
  const own = new Map<string, ListedTensor>();
  const copies: typeof needless[number][] = [];
  for (const { tensor, role: { name, of } } of whole) {
    const adapted = matrices.has(name.slice(0, name.lastIndexOf(".")));
    if (of !== "copy" && adapted !== (of === "base")) {
      throw unread(source, [tensor], "peft does not read a tensor of that name");
    }
    if (of !== "copy") own.set(name, tensor);
  }
  for (const { tensor, role: { name, of } } of whole) {
    if (of !== "copy") continue;
    if (own.has(name)) copies.push({ tensor, reason: "a copy of what a module was saved as" });
    else own.set(name, tensor); // as old versions of peft wrote it
  }
  return { saved: own, needless: [...needless, ...copies] };
}

function unread(source: string, tensors: readonly ListedTensor[], reason: string): Error {
  return badModel(
    `Cannot load ${source} as a tensor in it has no use: ${reason}: received ${
      listed(tensors.map(describeTensor))
    }`,
  );
}
