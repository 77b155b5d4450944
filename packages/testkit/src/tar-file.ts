/** An entry for {@link tarFile}: a file's content, a folder, or a link. */
export type TarEntry =
  | { readonly name: string; readonly content: string | Uint8Array; readonly pax?: Readonly<Record<string, string>> }
  | { readonly name: string; readonly directory: true; readonly pax?: Readonly<Record<string, string>> }
  | { readonly name: string; readonly symlink: string }
  | { readonly name: string; readonly hardLink: string };

const block = 512;

/** A tar with these entries in this order, as they are: also with names that no sensible archive has. Always the same bytes. */
export function tarFile(entries: readonly TarEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const pax = { ...("pax" in entry ? entry.pax : undefined), ...(entry.name.length > 100 ? { path: entry.name } : undefined) };
    if (Object.keys(pax).length > 0) parts.push(...member("PaxHeader", "x", paxRecords(pax)));
    if ("content" in entry) parts.push(...member(entry.name, "0", Buffer.from(entry.content)));
    else if ("directory" in entry) parts.push(...member(`${entry.name.replace(/\/$/, "")}/`, "5"));
    else if ("symlink" in entry) parts.push(...member(entry.name, "2", undefined, entry.symlink));
    else parts.push(...member(entry.name, "1", undefined, entry.hardLink));
  }
  parts.push(Buffer.alloc(2 * block));
  return Buffer.concat(parts);
}

/** A Windows layer with these files: paths below `Files/`, with forward slashes. `null` takes away what layers below have there. */
export function windowsLayerTar(files: Readonly<Record<string, string | Uint8Array | null>>): Uint8Array {
  const folders = new Set<string>(["Files", "Hives"]);
  for (const file of Object.keys(files)) {
    const parts = file.split("/").slice(0, -1);
    for (const [index] of parts.entries()) folders.add(["Files", ...parts.slice(0, index + 1)].join("/"));
  }
  return tarFile([
    ...[...folders].map((name) => ({ name, directory: true as const, pax: { "MSWINDOWS.fileattr": "16" } })),
    ...Object.entries(files).map(([name, content]) =>
      content === null
        ? { name: whiteoutOf(`Files/${name}`), content: "" }
        : { name: `Files/${name}`, content, pax: { "MSWINDOWS.fileattr": "32" } },
    ),
  ]);
}

function whiteoutOf(name: string): string {
  const slash = name.lastIndexOf("/");
  return `${name.slice(0, slash + 1)}.wh.${name.slice(slash + 1)}`;
}

function member(name: string, type: string, content: Uint8Array = new Uint8Array(0), linkName = ""): Uint8Array[] {
  const header = Buffer.alloc(block);
  header.write(name, 0, 100, "utf8");
  header.write("0000644\0", 100, "latin1");
  header.write("0000000\0", 108, "latin1");
  header.write("0000000\0", 116, "latin1");
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136, "latin1");
  header.write("        ", 148, "latin1");
  header.write(type, 156, "latin1");
  header.write(linkName, 157, 100, "utf8");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return [header, content, Buffer.alloc((block - (content.length % block)) % block)];
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecords(records: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const bytes = Buffer.byteLength(rest);
    let length = bytes + 1;
    while (String(length).length + bytes !== length) length = String(length).length + bytes;
    return `${length}${rest}`;
  });
  return Buffer.from(lines.join(""));
}
