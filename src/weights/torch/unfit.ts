/**
 * Unfit: why a file is none that torch.save wrote of tensors. `torch_file.ts` adds the file's name.
 *
 * @module
 */

/** The end of the sentence "Cannot read FILE as REASON: received RECEIVED". */
export class Unfit extends Error {
  constructor(readonly reason: string, readonly received: string | number) {
    super(`${reason}: received ${received}`);
  }
}
