/**
 * Classes whose heads are known and not served, with what is special about each: heads of other tasks, of
 * critics, and gates that are made otherwise than ArmoRM's.
 *
 * @module
 */

/** What a class is told by, and why it is refused. */
interface RefusedClass {
  readonly name: RegExp;
  readonly why: string;
}

const refused: readonly RefusedClass[] = [
  {
    name: /For(TokenClassification|QuestionAnswering|MultipleChoice|NextSentencePrediction)$/,
    why: "its head answers another question",
  },
  {
    // OpenRLHF's and safe-rlhf's, which say it by their names.
    name: /^CriticModel$|ForCritic$/,
    why: "the head of a critic says what is still to come, not what was earned",
  },
  {
    name: /QRM|ForRewardModelWithGating31?$/,
    why:
      "QRM's head gives quantiles of every objective, behind a gate of its own with other layers",
  },
  {
    name: /URM|Uncertain/,
    why:
      "URM's head gives a mean and an uncertainty of every attribute, which its code samples and blends",
  },
  {
    name: /^LDL/,
    why:
      "LDL's heads give distributions over ratings, and are stored in files of their own beside the model",
  },
];

/** The first name whose head is known and not served, and why. */
export function refusedClass(
  names: readonly string[],
): { readonly name: string; readonly why: string } | undefined {
  for (const name of names) {
    const found = refused.find((each) => each.name.test(name));
    if (found !== undefined) return { name, why: found.why };
  }
  return undefined;
}
