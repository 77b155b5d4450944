/** Well-known accounts by their SDDL abbreviation ("SID Strings", Microsoft): authority, then sub-authorities. */
const sids = {
  BA: [5, 32, 544],
  BU: [5, 32, 545],
  CO: [3, 0],
  SY: [5, 18],
} as const;

type Account = keyof typeof sids;

/** An entry that allows: who, which rights, and how children inherit it. */
interface Allow {
  readonly account: Account;
  readonly mask: number;
  readonly inherit?: number;
}

const fullControl = 0x1f01ff;
const readAndExecute = 0x1200a9;
const genericAll = 0x1000_0000;
const addFile = 0x2;
const addFolder = 0x4;

const filesInherit = 1;
const foldersInherit = 2;
const allInherit = filesInherit | foldersInherit;
const onlyChildren = 8;

/**
 * What Windows gives the folders of its own images: administrators and the system may do everything, users may read and
 * add. `O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;CI;DC;;;BU)`,
 * self-relative.
 */
export const folderSecurity: Uint8Array = encode([
  { account: "BA", mask: fullControl, inherit: allInherit },
  { account: "SY", mask: fullControl, inherit: allInherit },
  { account: "BA", mask: fullControl },
  { account: "CO", mask: genericAll, inherit: allInherit | onlyChildren },
  { account: "BU", mask: readAndExecute, inherit: allInherit },
  { account: "BU", mask: addFolder, inherit: foldersInherit },
  { account: "BU", mask: addFile, inherit: foldersInherit },
]);

/** The same for files: `O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)`. */
export const fileSecurity: Uint8Array = encode([
  { account: "BA", mask: fullControl },
  { account: "SY", mask: fullControl },
  { account: "BU", mask: readAndExecute },
]);

function encode(entries: readonly Allow[]): Uint8Array {
  const owner = encodeSid("BA");
  const group = encodeSid("SY");
  const list = encodeList(entries);
  const header = Buffer.alloc(20);
  header.writeUInt8(1, 0);
  header.writeUInt16LE(0x8004, 2); // SE_SELF_RELATIVE | SE_DACL_PRESENT
  header.writeUInt32LE(header.length, 4);
  header.writeUInt32LE(header.length + owner.length, 8);
  header.writeUInt32LE(header.length + owner.length + group.length, 16);
  return Buffer.concat([header, owner, group, list]);
}

function encodeList(entries: readonly Allow[]): Buffer {
  const body = Buffer.concat(entries.map(encodeEntry));
  const header = Buffer.alloc(8);
  header.writeUInt8(2, 0);
  header.writeUInt16LE(header.length + body.length, 2);
  header.writeUInt16LE(entries.length, 4);
  return Buffer.concat([header, body]);
}

function encodeEntry(entry: Allow): Buffer {
  const sid = encodeSid(entry.account);
  const header = Buffer.alloc(8);
  header.writeUInt8(entry.inherit ?? 0, 1);
  header.writeUInt16LE(header.length + sid.length, 2);
  header.writeUInt32LE(entry.mask, 4);
  return Buffer.concat([header, sid]);
}

function encodeSid(account: Account): Buffer {
  const [authority, ...parts] = sids[account];
  const sid = Buffer.alloc(8 + parts.length * 4);
  sid.writeUInt8(1, 0);
  sid.writeUInt8(parts.length, 1);
  sid.writeUIntBE(authority, 2, 6);
  parts.forEach((part, index) => {
    sid.writeUInt32LE(part, 8 + index * 4);
  });
  return sid;
}
