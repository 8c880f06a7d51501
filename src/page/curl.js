// @ts-check
/**
 * The command that asks for what is shown. Pure; knows no page.
 *
 * @module
 */

/**
 * @param {string} url
 * @param {unknown} request the JSON body
 * @param {{ withKey?: boolean }} [options] whether the server asks for its key, which is never written out
 * @returns {string} a command for sh, bash, zsh and the like
 */
export function curlOf(url, request, { withKey = false } = {}) {
  const lines = [`curl -sS ${quoted(url)}`, "-H 'Content-Type: application/json'"];
  if (withKey) lines.push('-H "Authorization: Bearer $ABACUS_API_KEY"');
  // --data-raw: unlike -d it does not read a file where the text begins with @.
  lines.push(`--data-raw ${quoted(JSON.stringify(request))}`);
  return lines.join(" \\\n  ");
}

/**
 * Between single quotes a shell reads everything as it stands; only the quote itself has to leave.
 *
 * @param {string} text
 */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
