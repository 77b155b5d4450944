// GUID in memory: the first three fields little-endian, the last eight bytes as written.
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** The 16 bytes of a GUID that is written as text; undefined for what is no GUID. */
export function guidBytes(text: string): number[] | undefined {
  if (!/^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(text)) return undefined;
  const written = Buffer.from(text.replaceAll(/[{}-]/g, ""), "hex");
  return order.map((at) => written[at] ?? 0);
}

/** A GUID as text: lower case, no braces. */
export function guidText(bytes: Uint8Array): string {
  const written = Buffer.alloc(16);
  for (const [at, from] of order.entries()) written[at] = bytes[from] ?? 0;
  return written.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
