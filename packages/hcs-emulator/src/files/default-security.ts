/**
 * Security descriptors of what none was written for, as the system drive of a container has them: owner Administrators,
 * group SYSTEM, full access for both, reading for Users, who may also make folders in a directory. In SDDL, for a file
 * `O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)`, and for a directory
 * `O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;CI;DC;;;BU)`.
 */
export function defaultSecurity(directory: boolean): Uint8Array {
  return directory ? directorySecurity : fileSecurity;
}

const sid = (authority: number, ...parts: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(parts.length, 1);
  bytes.writeUInt8(authority, 7);
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * index);
  return bytes;
};

const administrators = sid(5, 32, 544);
const system = sid(5, 18);
const users = sid(5, 32, 545);
const creatorOwner = sid(3, 0);

const fullAccess = 0x001f01ff;
const readAccess = 0x001200a9;
const genericAll = 0x10000000;
const addFile = 0x2;
const addFolder = 0x4;
const inherited = { toFiles: 1, toFolders: 2, only: 8 } as const;
const toAll = inherited.toFiles | inherited.toFolders;

const allow = (who: Buffer, mask: number, flags = 0): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt8(flags, 1);
  head.writeUInt16LE(8 + who.length, 2);
  head.writeUInt32LE(mask, 4);
  return Buffer.concat([head, who]);
};

function descriptor(...entries: readonly Buffer[]): Uint8Array {
  const list = Buffer.concat([Buffer.alloc(8), ...entries]);
  list.writeUInt8(2, 0);
  list.writeUInt16LE(list.length, 2);
  list.writeUInt16LE(entries.length, 4);
  const head = Buffer.alloc(20);
  head.writeUInt8(1, 0);
  // SE_SELF_RELATIVE | SE_DACL_PRESENT
  head.writeUInt16LE(0x8004, 2);
  head.writeUInt32LE(head.length, 4);
  head.writeUInt32LE(head.length + administrators.length, 8);
  head.writeUInt32LE(head.length + administrators.length + system.length, 16);
  return Buffer.concat([head, administrators, system, list]);
}

const fileSecurity = descriptor(allow(administrators, fullAccess), allow(system, fullAccess), allow(users, readAccess));
const directorySecurity = descriptor(
  allow(administrators, fullAccess, toAll),
  allow(system, fullAccess, toAll),
  allow(administrators, fullAccess),
  allow(creatorOwner, genericAll, toAll | inherited.only),
  allow(users, readAccess, toAll),
  allow(users, addFolder, inherited.toFolders),
  allow(users, addFile, inherited.toFolders),
);
