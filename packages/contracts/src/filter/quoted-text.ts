/** Where the quoted text ends (past its closing quote) and what it stands for, or what is wrong with it and where. */
export type QuotedText = { readonly value: string; readonly end: number } | { readonly fault: string; readonly at: number };

const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** By their letter: hexadecimal digits, and whether they mean a byte of UTF-8 rather than a character. */
const hexEscapes: Readonly<Record<string, { readonly digits: number; readonly byte: boolean }>> = {
  x: { digits: 2, byte: true },
  u: { digits: 4, byte: false },
  U: { digits: 8, byte: false },
};

/**
 * Reads text in quotes with the escapes of Go's string literals (https://go.dev/ref/spec#String_literals); the quote is
 * whatever character stands at `start`.
 */
export function readQuoted(text: string, start: number): QuotedText {
  const quote = text.charAt(start);
  const bytes: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let at = start + 1;
  for (;;) {
    const character = text.charAt(at);
    if (character === "" || character === "\n") return { fault: `a closing ${quote}`, at };
    if (character === quote) break;
    if (character !== "\\") {
      const point = String.fromCodePoint(text.codePointAt(at) ?? 0);
      bytes.push(encoder.encode(point));
      at += point.length;
      continue;
    }
    const escaped = readEscape(text, at + 1, quote);
    if (escaped === undefined) return { fault: "a character, or one of Go's escapes", at };
    bytes.push(typeof escaped.value === "number" ? Uint8Array.of(escaped.value) : encoder.encode(escaped.value));
    at = escaped.end;
  }
  try {
    return { value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes)), end: at + 1 };
  } catch {
    return { fault: "text whose escaped bytes are UTF-8", at: start };
  }
}

/** @param at past the backslash. A number is a byte. */
function readEscape(text: string, at: number, quote: string): { readonly value: string | number; readonly end: number } | undefined {
  const letter = text.charAt(at);
  if (letter === quote) return { value: quote, end: at + 1 };
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { value: simple, end: at + 1 };
  const octal = /^[0-7]{3}/.exec(text.slice(at, at + 3))?.[0];
  if (octal !== undefined) {
    const byte = Number.parseInt(octal, 8);
    return byte > 0xff ? undefined : { value: byte, end: at + 3 };
  }
  const kind = hexEscapes[letter];
  if (kind === undefined) return undefined;
  const end = at + 1 + kind.digits;
  const digits = text.slice(at + 1, end);
  if (digits.length !== kind.digits || !/^[0-9A-Fa-f]+$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 16);
  if (kind.byte) return { value: code, end };
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return code > 0x10ffff || surrogate ? undefined : { value: String.fromCodePoint(code), end };
}
