import { describe, expect, test } from "vitest";
import { emptyHive } from "../src/empty-hive.ts";

describe("an empty hive", () => {
  const hive = Buffer.from(emptyHive(1_700_000_000_000_000_000n));
  const bin = hive.subarray(4096);
  const cell = (offset: number) => bin.subarray(offset + 4, offset - bin.readInt32LE(offset));

  test("is a base block that agrees with itself, and one bin", () => {
    expect(hive.length).toBe(8192);
    expect(hive.toString("latin1", 0, 4)).toBe("regf");
    expect(hive.readUInt32LE(4)).toBe(hive.readUInt32LE(8));
    expect(hive.readBigUInt64LE(12)).toBe(133_444_736_000_000_000n);
    expect(hive.readUInt32LE(40)).toBe(hive.length - 4096);
    let sum = 0;
    for (let offset = 0; offset < 508; offset += 4) sum ^= hive.readUInt32LE(offset);
    expect(hive.readUInt32LE(508)).toBe(sum >>> 0);
    expect(bin.toString("latin1", 0, 4)).toBe("hbin");
    expect(bin.readUInt32LE(8)).toBe(bin.length);
  });

  test("has cells that fill the bin, in steps of eight bytes", () => {
    let offset = 32;
    while (offset < bin.length) {
      const size = Math.abs(bin.readInt32LE(offset));
      expect(size % 8).toBe(0);
      offset += size;
    }
    expect(offset).toBe(bin.length);
  });

  test("has a root key without subkeys and values, with a security descriptor that only names itself", () => {
    const root = cell(hive.readUInt32LE(36));
    expect(root.toString("latin1", 0, 2)).toBe("nk");
    expect(root.readUInt16LE(2) & 0x04).toBe(0x04);
    expect([20, 24, 36].map((offset) => root.readUInt32LE(offset))).toEqual([0, 0, 0]);
    expect(root.toString("latin1", 76, 76 + root.readUInt16LE(72))).toBe("ROOT");
    const at = root.readUInt32LE(44);
    const security = cell(at);
    expect(security.toString("latin1", 0, 2)).toBe("sk");
    expect([security.readUInt32LE(4), security.readUInt32LE(8), security.readUInt32LE(12)]).toEqual([at, at, 1]);
    const descriptor = security.subarray(20, 20 + security.readUInt32LE(16));
    const sid = (offset: number) => descriptor.subarray(offset, offset + 8 + 4 * (descriptor[offset + 1] ?? 0)).toString("hex");
    const administrators = "01020000000000052000000020020000";
    expect([sid(descriptor.readUInt32LE(4)), sid(descriptor.readUInt32LE(8))]).toEqual([administrators, administrators]);
    const acl = descriptor.subarray(descriptor.readUInt32LE(16));
    expect([acl.readUInt16LE(2), acl.readUInt16LE(4)]).toEqual([8 + 24 + 20, 2]);
    expect(descriptor.readUInt32LE(16) + acl.readUInt16LE(2)).toBe(descriptor.readUInt32LE(4));
  });
});
