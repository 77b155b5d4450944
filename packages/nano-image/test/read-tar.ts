/** A member of a tar whose names and sizes stand in its header blocks; PAX records are passed over. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly time: number;
  readonly content: Buffer;
}

/** Reads a whole tar in memory, checking each block's checksum and the end. */
export function readTar(tar: Buffer): Member[] {
  const members: Member[] = [];
  let at = 0;
  for (; tar[at] !== 0; ) {
    const block = tar.subarray(at, at + 512);
    const field = (start: number, size: number): string => block.toString("latin1", start, start + size).replace(/[\0 ].*$/s, "");
    const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    if (sum !== Number.parseInt(field(148, 8), 8)) throw new Error(`wrong checksum at ${at}`);
    const size = Number.parseInt(field(124, 12), 8);
    const type = field(156, 1);
    const name = block.toString("latin1", 0, 100).replace(/\0.*$/s, "");
    if (type !== "x") {
      members.push({ name, type, time: Number.parseInt(field(136, 12), 8), content: tar.subarray(at + 512, at + 512 + size) });
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  if (tar.length - at !== 1024) throw new Error("the tar does not end with two empty blocks");
  return members;
}
