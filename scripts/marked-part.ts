/**
 * The text with the part between two markers replaced: a comment that begins with the name, and one that closes it.
 *
 * @throws Error when the markers are not there
 */
export function withPart(text: string, name: string, part: string): string {
  const opening = new RegExp(`<!-- ${name}:[^>]*-->`).exec(text);
  const closing = `<!-- /${name} -->`;
  const end = text.indexOf(closing);
  if (opening === null || end === -1) throw new Error(`the markers of the part are missing: <!-- ${name}: … --> and ${closing}`);
  const start = opening.index + opening[0].length;
  return `${text.slice(0, start)}\n\n${part}\n\n${text.slice(end)}`;
}
