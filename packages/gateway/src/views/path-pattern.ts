import { InvalidArgumentError } from "@oriel/contracts";

type Token = "star" | ((character: string) => boolean);

/**
 * A pattern of Go's path.Match: `*` and `?` do not stand for a slash, `[a-z]` and `[^a-z]` are classes, `\` takes the meaning of
 * the next character. A pattern stands for the whole text. Takes time in proportion to text and pattern, as no regular expression
 * with many stars does.
 *
 * @throws InvalidArgumentError in Go's words.
 */
export function compilePathPattern(pattern: string): (text: string) => boolean {
  const tokens = readTokens(pattern);
  return (text) => matches(tokens, [...text]);
}

function readTokens(pattern: string): Token[] {
  const characters = [...pattern];
  let at = 0;
  const fault = (): InvalidArgumentError =>
    new InvalidArgumentError(`syntax error in pattern: ${JSON.stringify(pattern)}`, { op: "image.list" });
  const next = (): string => {
    const character = characters[at++];
    if (character === undefined) throw fault();
    return character;
  };
  /** The end of a range: neither of two may stand bare. */
  const bound = (): string => {
    const character = next();
    if (character === "]" || character === "-") throw fault();
    return character === "\\" ? next() : character;
  };
  const readClass = (): Token => {
    const isNegated = characters[at] === "^";
    if (isNegated) at += 1;
    const ranges: [string, string][] = [];
    while (ranges.length === 0 || characters[at] !== "]") {
      const low = bound();
      if (characters[at] === "-") {
        at += 1;
        ranges.push([low, bound()]);
      } else ranges.push([low, low]);
    }
    at += 1;
    return (character) => ranges.some(([low, high]) => low <= character && character <= high) !== isNegated;
  };
  const tokens: Token[] = [];
  while (at < characters.length) {
    const character = next();
    if (character === "*") tokens.push("star");
    else if (character === "?") tokens.push((other) => other !== "/");
    else if (character === "[") tokens.push(readClass());
    else {
      const wanted = character === "\\" ? next() : character;
      tokens.push((other) => other === wanted);
    }
  }
  return tokens;
}

/** The last star takes more where the rest does not fit; those before it need not, as they end at the same slash. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star: { token: number; at: number } | undefined;
  while (at < text.length || token < tokens.length) {
    const wanted = tokens[token];
    const character = text[at];
    if (wanted === "star") {
      star = { token, at };
      token += 1;
    } else if (wanted !== undefined && character !== undefined && wanted(character)) {
      token += 1;
      at += 1;
    } else {
      const taken = star === undefined ? undefined : text[star.at];
      if (star === undefined || taken === undefined || taken === "/") return false;
      star.at += 1;
      token = star.token + 1;
      at = star.at;
    }
  }
  return true;
}
