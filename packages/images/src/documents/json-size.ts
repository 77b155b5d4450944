import { documentLimits, requireAtMost } from "./document-limits.ts";

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
/** `{` and `[` differ by one bit, as `}` and `]` do. */
const caseBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/**
 * Checks how deep a JSON text nests and how many values it has, without parsing it: parsed it may take a hundred times the
 * memory of the text. Takes texts that are no JSON too.
 *
 * @param where shown in errors: `manifest.json`.
 * @throws InvalidArgumentError naming the document, the value and the limit.
 */
export function checkJsonSize(bytes: Uint8Array, where: string): void {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfString(bytes, at);
    else if (byte === comma) values += 1;
    else if ((byte | caseBit) === opening) {
      values += 1;
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if ((byte | caseBit) === closing) depth -= 1;
  }
  requireAtMost(documentLimits.maxJsonDepth, deepest, where, "levels of objects and arrays in one another");
  requireAtMost(documentLimits.maxJsonValues, values, where, "values");
}

/** Where the closing quote is, or the end of the text. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
