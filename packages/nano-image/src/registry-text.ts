/** A value's type and data, in the terms of the Windows registry. */
export type RegistryData =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "expand"; readonly value: string }
  | { readonly type: "multi"; readonly value: readonly string[] }
  | { readonly type: "dword"; readonly value: number }
  | { readonly type: "binary"; readonly value: Uint8Array };

interface RegistryKey {
  /** As first written; `\` between the names. */
  readonly path: string;
  /** By the value's lower-cased name. */
  readonly values: Map<string, { readonly name: string; readonly data: RegistryData }>;
}

/** Which branch a file of Wine's registry holds; its first lines say so. */
export type RegistryRoot = "Machine" | "User\\S-1-5-21-0-0-0-1000" | "User\\.Default";

// 2020-01-01. wineserver keeps the time of each key; a fixed one makes the same registry the same bytes.
const keyTime = { unix: 1577836800, file: 132_223_104_000_000_000n };

/** A branch of the registry, to be filled and then written as Wine's registry text. Names are compared without case. */
export class RegistryBranch {
  readonly #keys = new Map<string, RegistryKey>();

  /** Makes a key if there is none of that path yet; its parents need not be made. */
  addKey(path: string): void {
    this.#key(path);
  }

  /** Sets a value, replacing one of the same name. The empty name is the key's default value. */
  set(path: string, name: string, data: RegistryData | string | number): void {
    this.#key(path).values.set(name.toLowerCase(), { name, data: toData(data) });
  }

  /** The value's data, or undefined. */
  get(path: string, name: string): RegistryData | undefined {
    return this.#keys.get(path.toLowerCase())?.values.get(name.toLowerCase())?.data;
  }

  /**
   * The branch as a text file that wineserver loads ("WINE REGISTRY Version 2"): keys and values sorted, lines ended by
   * LF, ASCII only, so that equal branches give equal bytes.
   */
  toText(root: RegistryRoot): string {
    const lines = ["WINE REGISTRY Version 2", `;; All keys relative to REGISTRY\\\\${escapeText(root, "")}`, "", "#arch=win64", ""];
    for (const [, key] of sorted(this.#keys)) {
      lines.push(`[${escapeText(key.path, "[]")}] ${keyTime.unix}`, `#time=${keyTime.file.toString(16)}`);
      for (const [, value] of sorted(key.values)) {
        lines.push(`${value.name === "" ? "@" : `"${escapeText(value.name, '"')}"`}=${dataText(value.data)}`);
      }
      lines.push("");
    }
    return lines.join("\n");
  }

  #key(path: string): RegistryKey {
    const known = this.#keys.get(path.toLowerCase());
    if (known !== undefined) return known;
    const made: RegistryKey = { path, values: new Map() };
    this.#keys.set(path.toLowerCase(), made);
    return made;
  }
}

function toData(data: RegistryData | string | number): RegistryData {
  if (typeof data === "string") return { type: "string", value: data };
  return typeof data === "number" ? { type: "dword", value: data } : data;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  // Code units and not a locale's order: the order must be the same on every host.
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function dataText(data: RegistryData): string {
  switch (data.type) {
    case "string":
      return `"${escapeText(data.value, '"')}"`;
    case "expand":
      return `str(2):"${escapeText(data.value, '"')}"`;
    case "multi":
      return `str(7):"${data.value.map((each) => `${escapeText(each, '"')}\\0`).join("")}"`;
    case "dword":
      return `dword:${(data.value >>> 0).toString(16).padStart(8, "0")}`;
    case "binary":
      return `hex:${[...data.value].map((byte) => byte.toString(16).padStart(2, "0")).join(",")}`;
  }
}

// wineserver reads \x with up to four hexadecimal digits: always writing four keeps it from eating the next letter.
function escapeText(text: string, special: string): string {
  let escaped = "";
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const character = text.charAt(index);
    if (character === "\\" || special.includes(character)) escaped += `\\${character}`;
    else if (unit < 32 || unit > 126) escaped += `\\x${unit.toString(16).padStart(4, "0")}`;
    else escaped += character;
  }
  return escaped;
}
