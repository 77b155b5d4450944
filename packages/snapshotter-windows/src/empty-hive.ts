/**
 * A registry hive with nothing in it but its root key, as `OROpenHive`'s sibling `ORCreateHive` saves one: a base block
 * and one bin of a page each. Field by field after the format's description at
 * https://github.com/msuhanov/regf/blob/master/Windows%20registry%20file%20format%20specification.md
 *
 * @param time nanoseconds since 1970
 */
export function emptyHive(time: bigint): Uint8Array {
  const page = 4096;
  const hive = Buffer.alloc(2 * page);
  const filetime = time / 100n + 116_444_736_000_000_000n;

  const rootOffset = 32;
  const securityOffset = 128;

  hive.write("regf", 0, "latin1");
  hive.writeUInt32LE(1, 4); // both sequence numbers: written to the end
  hive.writeUInt32LE(1, 8);
  hive.writeBigUInt64LE(filetime, 12);
  hive.writeUInt32LE(1, 20); // version 1.5
  hive.writeUInt32LE(5, 24);
  hive.writeUInt32LE(1, 32); // loaded directly
  hive.writeUInt32LE(rootOffset, 36);
  hive.writeUInt32LE(page, 40); // bytes of all bins
  hive.writeUInt32LE(1, 44); // clustering factor
  hive.writeUInt32LE(checksum(hive), 508);

  const bin = hive.subarray(page);
  bin.write("hbin", 0, "latin1");
  bin.writeUInt32LE(page, 8);
  bin.writeBigUInt64LE(filetime, 20);

  const none = 0xffffffff;
  const root = allocate(bin, rootOffset, securityOffset - rootOffset);
  root.write("nk", 0, "latin1");
  root.writeUInt16LE(0x2c, 2); // root key, cannot be deleted, name in one-byte characters
  root.writeBigUInt64LE(filetime, 4);
  root.writeUInt32LE(none, 16); // parent
  root.writeUInt32LE(none, 28); // subkeys, stable and volatile
  root.writeUInt32LE(none, 32);
  root.writeUInt32LE(none, 40); // values
  root.writeUInt32LE(securityOffset, 44);
  root.writeUInt32LE(none, 48); // class
  root.writeUInt16LE(rootName.length, 72);
  root.write(rootName, 76, "latin1");

  const securitySize = align(4 + 20 + securityDescriptor.length);
  const security = allocate(bin, securityOffset, securitySize);
  security.write("sk", 0, "latin1");
  security.writeUInt32LE(securityOffset, 4); // next and former: itself
  security.writeUInt32LE(securityOffset, 8);
  security.writeUInt32LE(1, 12); // keys that have it
  security.writeUInt32LE(securityDescriptor.length, 16);
  securityDescriptor.copy(security, 20);

  const free = securityOffset + securitySize;
  bin.writeInt32LE(page - free, free);
  return hive;
}

const rootName = "ROOT";

/** Self-relative: owner and group BUILTIN\Administrators, and full control for them and for SYSTEM, inherited by subkeys. */
const securityDescriptor = Buffer.from(
  [
    "01000480", // revision 1, self-relative with a DACL
    "48000000", // owner
    "58000000", // group
    "00000000", // SACL
    "14000000", // DACL
    "0200340002000000", // revision 2, 52 bytes, two entries
    "000218003f000f00" + "01020000000000052000000020020000", // KEY_ALL_ACCESS for S-1-5-32-544
    "000214003f000f00" + "010100000000000512000000", // KEY_ALL_ACCESS for S-1-5-18
    "01020000000000052000000020020000", // owner S-1-5-32-544
    "01020000000000052000000020020000", // group S-1-5-32-544
  ].join(""),
  "hex",
);

/** A cell in use: its size, negative, then its data. */
function allocate(bin: Buffer, offset: number, size: number): Buffer {
  bin.writeInt32LE(-size, offset);
  return bin.subarray(offset + 4, offset + size);
}

function align(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** XOR of the first 127 double words; two results stand for something else and are avoided. */
function checksum(hive: Buffer): number {
  let sum = 0;
  for (let offset = 0; offset < 508; offset += 4) sum ^= hive.readUInt32LE(offset);
  sum >>>= 0;
  if (sum === 0xffffffff) return 0xfffffffe;
  return sum === 0 ? 1 : sum;
}
