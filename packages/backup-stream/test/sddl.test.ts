import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeSddl } from "../src/index.ts";

const hex = (text: string) => Buffer.from(encodeSddl(text)).toString("hex");
const administrators = "01020000000000052000000020020000";
const system = "010100000000000512000000";
const users = "01020000000000052000000021020000";

describe("a security descriptor in words", () => {
  test("becomes owner, group and list behind a header with their offsets", () => {
    expect(hex("O:BAG:SYD:(A;;FA;;;BA)(A;;0x1200a9;;;BU)")).toBe(
      [
        "01000480", // revision, control: self-relative, with a discretionary list
        "14000000",
        "24000000",
        "00000000",
        "30000000",
        administrators,
        system,
        "0200380002000000", // list of revision 2, 56 bytes, 2 entries
        `00001800ff011f00${administrators}`,
        `00001800a9001200${users}`,
      ].join(""),
    );
  });

  test("has the inheritance flags of its entries, and generic rights", () => {
    expect(hex("D:(A;OICIIO;GA;;;CO)")).toContain(`000b140000000010${"010100000000000300000000"}`);
  });

  test("says by control bits which list is protected or inherited", () => {
    const controlOf = (text: string) => Buffer.from(encodeSddl(text)).readUInt16LE(2);
    expect(controlOf("O:BA")).toBe(0x8000);
    expect(controlOf("D:P")).toBe(0x8000 | 0x4 | 0x1000);
    expect(controlOf("D:PAIARS:PAIAR")).toBe(0x8000 | 0x14 | 0x3000 | 0xc00 | 0x300);
  });

  test("an empty list denies, a list of NO_ACCESS_CONTROL is a null one", () => {
    expect(hex("D:")).toBe("010004800000000000000000000000001400000002000800" + "00000000");
    expect(hex("D:NO_ACCESS_CONTROL")).toBe("0100048000000000000000000000000000000000");
  });

  test("has audit entries, mandatory labels and entries for objects", () => {
    expect(hex("S:(AU;SAFA;KA;;;WD)")).toContain("02c014003f000f00010100000000000100000000");
    expect(hex("S:(ML;;NW;;;HI)")).toContain("1100140001000000010100000000001000300000");
    const guid = "4828cc14-1437-45bc-9b07-ad6f015e5f28";
    const object = hex(`D:(OA;;RP;${guid};;AU)`);
    expect(object.slice(40)).toBe(`0400300001000000050028001000000001000000${"14cc28483714bc459b07ad6f015e5f28"}01010000000000050b000000`);
  });

  test("takes SIDs of any account, and the parts in any order", () => {
    expect(hex("O:S-1-5-21-1-2-4294967295-1001")).toContain("010500000000000515000000" + "0100000002000000ffffffffe9030000");
    expect(hex("G:SYO:BA")).toBe(hex("O:BAG:SY"));
  });

  test.each([
    ["BA", /none of O:/],
    ["O:", /lacks an account/],
    ["O:BAO:BA", /second O:/],
    ["O:DA", /depends on the domain/],
    ["O:S-1-5", /no SID/],
    ["O:S-1-5-4294967296", /no SID/],
    ["O:ZZ", /no SID/],
    ["D:(A;;FA;;BA)", /5 fields/],
    ["D:(Q;;FA;;;BA)", /type 'Q'/],
    ["D:(A;XX;FA;;;BA)", /flag 'XX'/],
    ["D:(A;;FAX;;;BA)", /right 'X'/],
    ["D:(A;;0x1ffffffff;;;BA)", /32 bits/],
    ["D:(A;;FA;4828cc14-1437-45bc-9b07-ad6f015e5f28;;BA)", /no room/],
    ["D:(OA;;RP;nonsense;;BA)", /GUID/],
    ["D:(XA;;FX;;;WD;(@User.Title==1))", /conditional/],
    ["D:(A;;FA;;;BA", /does not end/],
    [`D:${"(A;;FA;;;BA)".repeat(3000)}`, /list of \d+ bytes/],
    ["x".repeat(70_000), /70000 characters/],
  ])("%j is refused", (text, message) => {
    expect(() => encodeSddl(text)).toThrow(message);
    expect(() => encodeSddl(text)).toThrow(expect.objectContaining({ code: "InvalidArgument", op: "sddl.encode" }));
  });

  test("any text is either read or refused as an invalid argument", () => {
    const pieces = fc.constantFrom(
      "O:",
      "G:",
      "D:",
      "S:",
      "BA",
      "SY",
      "P",
      "AI",
      "(A;;FA;;;BA)",
      "(D;OI;0x1;;;WD)",
      "(",
      ")",
      ";",
      "S-1-5-32",
      "x",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 10 }), (parts) => {
        try {
          const bytes = Buffer.from(encodeSddl(parts.join("")));
          for (const field of [4, 8, 12, 16]) expect(bytes.readUInt32LE(field)).toBeLessThan(Math.max(bytes.length, 1));
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidArgument" });
        }
      }),
    );
  });
});
