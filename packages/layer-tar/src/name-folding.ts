/**
 * The form of a name that is the same for all its cases. NTFS compares by a table of single characters; JavaScript's
 * full mapping would make two characters of `ß`, and one name of two.
 */
export function foldName(name: string): string {
  const upper = name.toUpperCase();
  if (upper.length === name.length) return upper;
  return Array.from(name, (character) => {
    const single = character.toUpperCase();
    return single.length === character.length ? single : character;
  }).join("");
}
