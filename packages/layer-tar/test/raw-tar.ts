/** Tars as no honest program writes them: every field can be given. */
export interface RawMember {
  readonly name: string | Uint8Array;
  readonly flag?: string | undefined;
  readonly link?: string | undefined;
  readonly content?: string | Uint8Array | undefined;
  /** What the header claims; otherwise what the content has. A string stands in the header as it is. */
  readonly size?: number | string | undefined;
  readonly pax?: Readonly<Record<string, string>> | Uint8Array | undefined;
  readonly spoilChecksum?: boolean | undefined;
}

export const endOfArchive = Buffer.alloc(1024);

export function rawTar(members: readonly RawMember[], end: Uint8Array = endOfArchive): Buffer {
  return Buffer.concat([...members.flatMap((member) => rawMember(member)), end]);
}

export function rawMember(member: RawMember): Buffer[] {
  const { name, flag = "0", link = "", pax, spoilChecksum = false } = member;
  const content = Buffer.from(member.content ?? "");
  const header = Buffer.alloc(512);
  header.set(Buffer.from(name).subarray(0, 100), 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  const size = member.size ?? content.length;
  header.write(typeof size === "string" ? size : `${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(flag, 156, "latin1");
  header.write(link, 157, 100, "utf8");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0) + (spoilChecksum ? 1 : 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  const before =
    pax === undefined ? [] : rawMember({ name: "PaxHeaders/x", flag: "x", content: pax instanceof Uint8Array ? pax : paxBody(pax) });
  return [...before, header, content, padding];
}

export function paxBody(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      let length = rest + 1;
      while (rest + String(length).length !== length) length = rest + String(length).length;
      return Buffer.from(`${length} ${key}=${value}\n`);
    }),
  );
}

export async function* pieces(data: Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}
