/**
 * Which id of ours stands where the recording says `<idN>` or `<guidN>`. One is learnt where it is met for the first time, and must
 * stand in the same places from then on; two of the recording are never one of ours.
 */
export class Names {
  readonly #ours = new Map<string, string>();
  /** Data root of the daemon, and of the one that was recorded, as Windows spells them. */
  readonly #root: { readonly ours: string; readonly recorded: string };

  constructor(root: { readonly ours: string; readonly recorded: string }) {
    this.#root = root;
  }

  /** Whether our text says the same as the recorded one; learns the ids in it when it does. */
  match(recorded: string, text: string): boolean {
    const tokens: string[] = [];
    const parts = recorded.split(/(<(?:id|guid)\d+>(?::12)?)/);
    const pattern = parts.map((part, index) => (index % 2 === 0 ? withAnyMoment(part) : this.#pattern(part, tokens))).join("");
    const met = new RegExp(`^${pattern}$`, "s").exec(this.#withRecordedRoot(text));
    if (met === null) return false;
    const learnt = tokens.map((token, index) => [token, (met[index + 1] ?? "").toLowerCase()] as const);
    const known = new Set(this.#ours.values());
    if (new Set(learnt.map(([, id]) => id)).size < learnt.length || learnt.some(([, id]) => known.has(id))) return false;
    for (const [token, id] of learnt) this.#ours.set(token, id);
    return true;
  }

  /** Our text with `<idN>` and `<guidN>` for the ids that are known, and `<id>` and `<guid>` for others. */
  normalised(text: string): string {
    let result = this.#withRecordedRoot(text);
    for (const [token, id] of this.#ours) {
      result = result.replaceAll(id, token);
      if (token.startsWith("<id")) result = result.replaceAll(id.slice(0, 12), `${token}:12`);
    }
    return result.replace(guid, "<guid>").replace(/\b[0-9a-f]{64}\b/g, "<id>");
  }

  #withRecordedRoot(text: string): string {
    return text.replaceAll(this.#root.ours, this.#root.recorded);
  }

  /** The pattern for a token; one that is not known is captured, at its first place in the text. */
  #pattern(part: string, tokens: string[]): string {
    const token = part.replace(/:12$/, "");
    const short = part !== token;
    const known = this.#ours.get(token);
    if (known !== undefined) return short ? known.slice(0, 12) : caseless(known);
    const place = tokens.indexOf(token);
    if (place !== -1) return short ? shortOf : `\\${place + 1}`;
    // A short id tells too little to learn from it.
    if (short) return shortOf;
    tokens.push(token);
    return token.startsWith("<id") ? "([0-9a-f]{64})" : `(${guid.source})`;
  }
}

/** A moment, which is another each time: `2026-11-30T19:50:39.570887Z`. */
const moment = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/;
const guid = /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/g;
const shortOf = "[0-9a-f]{12}";

/** Windows writes GUIDs in either case. */
function caseless(id: string): string {
  return id.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** The pattern for a text in which any other moment may stand where it has one. */
function withAnyMoment(text: string): string {
  return text.split(moment).map(escaped).join(moment.source);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
