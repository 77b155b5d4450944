import { expect, it } from "vitest";
import { encodeEmptyHive, hiveChecksum } from "../src/empty-hive.ts";

const time = 132_223_104_000_000_000n;

it("an empty hive has a base block with its checksum and one whole bin", () => {
  const hive = Buffer.from(encodeEmptyHive("ROOT", time));
  expect(hive.length).toBe(8192);
  expect(hive.toString("latin1", 0, 4)).toBe("regf");
  expect(hive.readUInt32LE(4)).toBe(hive.readUInt32LE(8));
  expect([hive.readUInt32LE(20), hive.readUInt32LE(24)]).toEqual([1, 5]);
  expect(hive.readUInt32LE(40)).toBe(4096);
  expect(hive.readUInt32LE(508)).toBe(hiveChecksum(hive));
  expect(hive.toString("latin1", 4096, 4100)).toBe("hbin");
  expect(hive.readUInt32LE(4104)).toBe(4096);
});

it("its bin is filled with cells from end to end: root key, its security, free space", () => {
  const hive = Buffer.from(encodeEmptyHive("ROOT", time));
  const cells = [...cellsOf(hive)];
  expect(cells.map((cell) => cell.signature)).toEqual(["nk", "sk", "free"]);
  expect(cells.every((cell) => cell.at % 8 === 0 && cell.size % 8 === 0)).toBe(true);
  const [key, security] = cells;
  expect(key?.at).toBe(hive.readUInt32LE(36));
  const content = (key?.at ?? 0) + 4096 + 4;
  expect(hive.readUInt16LE(content + 2)).toBe(0x2c);
  expect(hive.readUInt32LE(content + 44)).toBe(security?.at);
  expect(hive.readUInt32LE(content + 20)).toBe(0);
  expect(hive.toString("latin1", content + 76, content + 76 + hive.readUInt16LE(content + 72))).toBe("ROOT");
});

it("its root key is the administrators' and the system's, with all keys below", () => {
  const hive = Buffer.from(encodeEmptyHive("ROOT", time));
  const at = hive.readUInt32LE(4096 + 32 + 4 + 44);
  const security = hive.subarray(4096 + at + 4);
  expect([4, 8, 12].map((offset) => security.readUInt32LE(offset))).toEqual([at, at, 1]);
  const descriptor = security.subarray(20, 20 + security.readUInt32LE(16));
  const administrators = "01020000000000052000000020020000";
  const owners = [4, 8].map((offset) => descriptor.toString("hex", descriptor.readUInt32LE(offset), descriptor.readUInt32LE(offset) + 16));
  expect(owners).toEqual([administrators, administrators]);
  const acl = descriptor.subarray(descriptor.readUInt32LE(16));
  expect([acl.readUInt16LE(2), acl.readUInt16LE(4)]).toEqual([8 + 24 + 20, 2]);
  // Allowed, for the keys below as well: KEY_ALL_ACCESS.
  expect(acl.toString("hex", 8, 16)).toBe("000218003f000f00");
});

it("the checksum is never 0 or -1", () => {
  expect(hiveChecksum(Buffer.alloc(512))).toBe(1);
  const ones = Buffer.alloc(512);
  ones.writeUInt32LE(0xffff_ffff, 0);
  expect(hiveChecksum(ones)).toBe(0xffff_fffe);
});

function* cellsOf(hive: Buffer): Generator<{ at: number; size: number; signature: string }> {
  for (let at = 32; at < 4096; ) {
    const size = hive.readInt32LE(4096 + at);
    yield { at, size: Math.abs(size), signature: size < 0 ? hive.toString("latin1", 4096 + at + 4, 4096 + at + 6) : "free" };
    at += Math.abs(size);
  }
}
