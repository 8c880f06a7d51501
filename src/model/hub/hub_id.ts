/**
 * The names of models on the hub: `owner/name`, or `name` alone for some of the oldest.
 *
 * @module
 */

const part = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?$/;

/**
 * Whether a text may be a model's id. An id is also a path under the directory of pulled models, so
 * nothing that climbs out of it may pass.
 */
export function isHubId(text: string): boolean {
  const parts = text.split("/");
  return parts.length <= 2 && parts.every((each) => part.test(each) && !each.includes(".."));
}
