import { InvalidArgumentError } from "@oriel/contracts";
import type { RegistryBranch, RegistryData } from "./registry-text.ts";

/** What applying a script needs to know. */
export interface ApplyScriptOptions {
  /** Root key whose entries are applied: `HKLM`. Others are read over. */
  readonly root: string;
  /** What `%MODULE%` stands for: the DLL's path in the image. */
  readonly module: string;
  /** Whether to keep a key (and what is below it); told its path without the root. */
  readonly accepts: (path: string) => boolean;
}

/**
 * Applies a registrar script to a branch of the registry. This is the language of ATL's registrar ("Creating Registrar
 * Scripts", Microsoft), in which Wine's DLLs carry the keys that they register of themselves as a WINE_REGISTRY resource.
 *
 * @throws InvalidArgumentError for what is no such script, naming the place.
 */
export function applyRegistrarScript(text: string, branch: RegistryBranch, options: ApplyScriptOptions): void {
  const tokens = tokenize(text.replaceAll("%MODULE%", options.module));
  const reader = new TokenReader(tokens);
  while (!reader.atEnd()) {
    const root = reader.next();
    readBlock(reader, "", root === options.root ? branch : undefined, options);
  }
}

interface Token {
  readonly text: string;
  /** Quoted words are never keywords or braces. */
  readonly quoted: boolean;
}

function tokenize(text: string): Token[] {
  const pattern = /'((?:[^']|'')*)'|([{}=])|([^\s{}='][^\s{}=]*)/g;
  return [...text.matchAll(pattern)].map(([, quoted, mark, word]) =>
    quoted === undefined ? { text: mark ?? word ?? "", quoted: false } : { text: quoted.replaceAll("''", "'"), quoted: true },
  );
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  atEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }

  next(): string {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw this.error("it ends too early");
    this.#position += 1;
    return token.text;
  }

  /** Whether the next token is that word, unquoted and in any case. */
  isNext(text: string): boolean {
    const token = this.#tokens[this.#position];
    return token !== undefined && !token.quoted && token.text.toLowerCase() === text;
  }

  /** Steps over the next token if it is that word. */
  accept(text: string): boolean {
    const found = this.isNext(text);
    if (found) this.#position += 1;
    return found;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.error(`"${text}" was expected`);
  }

  error(what: string): InvalidArgumentError {
    return new InvalidArgumentError(`the registrar script is malformed at word ${this.#position + 1}: ${what}`, { op: "registry.script" });
  }
}

function readBlock(reader: TokenReader, path: string, branch: RegistryBranch | undefined, options: ApplyScriptOptions): void {
  reader.expect("{");
  while (!reader.accept("}")) {
    if (reader.accept("val")) {
      const name = reader.next();
      reader.expect("=");
      branch?.set(path, name, readData(reader));
    } else {
      readKey(reader, path, branch, options);
    }
  }
}

function readKey(reader: TokenReader, parent: string, branch: RegistryBranch | undefined, options: ApplyScriptOptions): void {
  // How a key is removed when the DLL is unregistered matters to nobody here.
  const deletes = reader.accept("delete");
  if (!deletes && !reader.accept("noremove")) reader.accept("forceremove");
  const name = reader.next();
  const path = parent === "" ? name : `${parent}\\${name}`;
  const target = !deletes && options.accepts(path) ? branch : undefined;
  if (reader.accept("=")) target?.set(path, "", readData(reader));
  else target?.addKey(path);
  if (reader.isNext("{")) readBlock(reader, path, target, options);
}

function readData(reader: TokenReader): RegistryData {
  const type = reader.next();
  const text = reader.next();
  switch (type.toLowerCase()) {
    case "s":
      return { type: "string", value: text };
    case "e":
      return { type: "expand", value: text };
    case "m":
      return { type: "multi", value: text.split("\\0").filter((each) => each !== "") };
    case "d":
      return { type: "dword", value: readNumber(reader, text) };
    case "b":
      if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw reader.error(`"${text}" is not binary data in hexadecimal`);
      return { type: "binary", value: Buffer.from(text, "hex") };
    default:
      throw reader.error(`"${type}" is no type of value; known are s, e, m, d and b`);
  }
}

function readNumber(reader: TokenReader, text: string): number {
  const value = Number(text.replace(/^&h/i, "0x"));
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw reader.error(`"${text}" is not a number of 32 bits`);
  return value;
}
