import type { Random } from "./random.ts";

/** What a layer or scratch changes: text of files by name, `null` for one of those below that it takes away. */
export type WorldFiles = Readonly<Record<string, string | null>>;

export function withFiles(shown: Map<string, string>, files: WorldFiles): Map<string, string> {
  for (const [name, text] of Object.entries(files)) {
    if (text === null) shown.delete(name);
    else shown.set(name, text);
  }
  return shown;
}

/** Some new files, one changed, one gone. */
export function randomFiles(random: Random, name: string, shown: ReadonlyMap<string, string>): WorldFiles {
  const files: Record<string, string | null> = {};
  for (let index = random.below(6); index >= 0; index -= 1) {
    files[`${random.pick(["a", "b", "c/d", "c/e"])}/${name}-${index}.txt`] = `${name} ${index} `.repeat(1 + random.below(600));
  }
  const changed = random.pick([...shown.keys()]);
  if (changed !== undefined) files[changed] = `changed by ${name} `.repeat(1 + random.below(20));
  const gone = random.pick([...shown.keys()]);
  if (gone !== undefined) files[gone] = null;
  return files;
}
