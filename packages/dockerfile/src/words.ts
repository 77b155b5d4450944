/** Value of a variable; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

const special = new Set(["\\", '"', "'", "$", " ", "\t"]);

/**
 * The words of a Dockerfile's line, without their quotes, and with `$NAME`, `${NAME}`, `${NAME:-other}` and `${NAME:+other}` replaced
 * outside of single quotes. A backslash takes the meaning from what it stands before, and stays where that has none: paths need no
 * doubled ones.
 */
export function dockerfileWords(text: string, lookup: Lookup): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === "" && (character === " " || character === "\t")) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= "";
    if (quote !== "'" && character === "\\" && special.has(next)) {
      word += next;
      at += 1;
    } else if (character === quote) {
      quote = "";
    } else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
    } else if (quote !== "'" && character === "$") {
      const variable = variableAt(text, at, lookup);
      word += variable?.value ?? character;
      at += (variable?.length ?? 1) - 1;
    } else {
      word += character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function variableAt(text: string, at: number, lookup: Lookup): { readonly value: string; readonly length: number } | undefined {
  const plain = /^\$([A-Za-z_]\w*)/.exec(text.slice(at));
  if (plain !== null) return { value: lookup(plain[1] ?? "") ?? "", length: plain[0].length };
  const braced = /^\$\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\}/.exec(text.slice(at));
  if (braced === null) return undefined;
  const [{ length }, name = "", operator, other = ""] = braced;
  const value = lookup(name) ?? "";
  if (operator === "-") return { value: value === "" ? other : value, length };
  if (operator === "+") return { value: value === "" ? "" : other, length };
  return { value, length };
}

/**
 * `NAME=value` pairs, or one pair as `NAME value…`.
 * @returns undefined for a text that is neither
 */
export function dockerfilePairs(text: string, lookup: Lookup): (readonly [name: string, value: string])[] | undefined {
  const words = dockerfileWords(text, lookup);
  const [first = ""] = words;
  if (first === "") return undefined;
  if (!first.includes("=")) {
    const rest = text.trimStart().replace(/^\S+\s*/, "");
    return rest === "" ? undefined : [[first, dockerfileWords(rest.trimEnd(), lookup).join(" ")]];
  }
  const pairs = words.map((word): readonly [string, string] => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]);
  return words.every((word) => word.indexOf("=") > 0) ? pairs : undefined;
}
