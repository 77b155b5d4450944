import { HCS, hresultFromWin32, isOrielError, WIN32 } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { diskCodes } from "../src/catalogue/disk-codes.ts";
import { hcsCodes } from "../src/catalogue/hcs-codes.ts";
import { describeHresult, displayCode, sameHresult } from "../src/catalogue/hresult-catalogue.ts";
import { networkCodes } from "../src/catalogue/network-codes.ts";
import { win32Codes } from "../src/catalogue/win32-codes.ts";
import { hresultError, isHcsError, parseResultDocument } from "../src/hcs-error.ts";

describe("the HRESULT catalogue", () => {
  it("knows every code that the core names", () => {
    for (const [name, hresult] of Object.entries(HCS)) expect(describeHresult(hresult).symbol, name).toMatch(/^HCS_E_/);
    for (const [name, code] of Object.entries(WIN32)) expect(describeHresult(hresultFromWin32(code)).symbol, name).toBe(`ERROR_${name}`);
  });

  it("has a meaning, a cause and a remedy, each a sentence, for every code", () => {
    for (const [key, entry] of [hcsCodes, win32Codes, networkCodes, diskCodes].flatMap((codes) => Object.entries(codes))) {
      for (const text of [entry.meaning, entry.cause, entry.remedy]) expect(text, `${key} ${entry.symbol}`).toMatch(/^[A-Z].*[.`]$/);
    }
  });

  it("takes 0x8037xxxx and 0xC037xxxx for the same code", () => {
    expect(describeHresult(0x80370110)).toBe(describeHresult(HCS.SYSTEM_ALREADY_STOPPED));
    expect(sameHresult(0x80370110, 0xc0370110)).toBe(true);
    expect(sameHresult(0x80370110, 0xc037010e)).toBe(false);
    expect(sameHresult(0x80070005, 0x80370005)).toBe(false);
  });

  it.each([
    [0x803b0001, "HCN_E_NETWORK_NOT_FOUND", "NotFound"],
    [0x803b0013, "HCN_E_PORT_ALREADY_EXISTS", "Conflict"],
    [0x803b0014, "HCN_E_ENDPOINT_ALREADY_ATTACHED", "Conflict"],
    [0x803b001b, "HCN_E_INVALID_JSON", "InvalidArgument"],
    [0x803b002c, "HCN_E_ENTITY_HAS_REFERENCES", "Conflict"],
    [0x803b0034, "HCN_E_ENDPOINT_NOT_ATTACHED", "FailedPrecondition"],
    [0xc03a000d, "ERROR_VHD_PARENT_VHD_NOT_FOUND", "FailedPrecondition"],
    [0xc03a001a, "ERROR_VIRTUAL_DISK_LIMITATION", "FailedPrecondition"],
    [0xc03a001e, "ERROR_VIRTDISK_DISK_ALREADY_OWNED", "Conflict"],
    [0x8007054f, "ERROR_INTERNAL_ERROR", "Internal"],
    [0x8007007e, "ERROR_MOD_NOT_FOUND", "Unavailable"],
    [0x80004001, "E_NOTIMPL", "Unimplemented"],
  ])("knows 0x%x, of networks, disks or the system, as %s", (hresult, symbol, code) => {
    expect(describeHresult(hresult)).toMatchObject({ symbol, code });
  });

  it("names the number of a code that it does not know", () => {
    expect(describeHresult(0x88990011)).toMatchObject({ symbol: "0x88990011", code: "Internal" });
    expect(describeHresult(0x88990011).meaning).toContain("0x88990011");
  });

  it("shows the Win32 code where there is one, as Windows does", () => {
    expect(displayCode(0x80070002)).toBe("0x2");
    expect(displayCode(0xc037010e)).toBe("0xc037010e");
  });
});

describe("hresultError", () => {
  it("words a program that does not exist as the recorded dockerd does, with the event's details", () => {
    const error = hresultError({
      op: "hcs::System::CreateProcess",
      hresult: 0x80070002,
      resource: "abc",
      detail: "nosuch.exe",
      result: JSON.stringify({
        Error: -2147024894,
        ErrorEvents: [{ Message: "The system cannot find the file specified.", Provider: "emulated", EventId: 1 }],
      }),
    });
    expect(error.message).toBe(
      "container abc encountered an error during hcs::System::CreateProcess: nosuch.exe: failure in a Windows system call: " +
        "The system cannot find the file specified. (0x2)\n" +
        "[Event Detail: The system cannot find the file specified. Provider: emulated EventID: 1]",
    );
    expect(error).toMatchObject({
      code: "NotFound",
      op: "hcs::System::CreateProcess",
      resource: "abc",
      hresult: 0x80070002,
      symbol: "ERROR_FILE_NOT_FOUND",
    });
    expect(error.events).toHaveLength(1);
    expect(error.remedy).toContain("program");
    expect(isOrielError(error, "NotFound")).toBe(true);
  });

  it.each([
    ["hcs::CreateComputeSystem", "FailedPrecondition"],
    ["hcs::System::Start", "FailedPrecondition"],
    ["ActivateLayer", "NotFound"],
  ])("of %s for a missing file gives no advice about the names of programs", (op, code) => {
    const error = hresultError({ op, hresult: 0x80070002, resource: "abc" });
    expect(error.code).toBe(code);
    expect(error.message).toContain("The system cannot find the file specified. (0x2)");
    expect(error.remedy).toContain("layers");
    expect(error.remedy).not.toMatch(/program|cmd/);
  });

  it.each([
    [HCS.SYSTEM_NOT_FOUND, "NotFound"],
    [HCS.SYSTEM_ALREADY_EXISTS, "AlreadyExists"],
    [HCS.INVALID_STATE, "FailedPrecondition"],
    [HCS.INVALID_JSON, "InvalidArgument"],
    [HCS.TIMEOUT, "DeadlineExceeded"],
    [HCS.CONNECT_FAILED, "Unavailable"],
    [0x8037011b, "PermissionDenied"],
    [hresultFromWin32(WIN32.BUSY), "Conflict"],
    [hresultFromWin32(WIN32.NOT_SUPPORTED), "Unimplemented"],
    [0x80004005, "Internal"],
  ])("makes 0x%x an error of kind %s", (hresult, code) => {
    expect(hresultError({ op: "x", hresult }).code).toBe(code);
  });

  it("names another subject than a container, and none without a resource", () => {
    expect(hresultError({ op: "ActivateLayer", hresult: 0x80070015, subject: "layer", resource: "C:\\l" }).message).toBe(
      "layer C:\\l encountered an error during ActivateLayer: failure in a Windows system call: The device is not ready. (0x15)",
    );
    expect(hresultError({ op: "HcsEnumerateComputeSystems", hresult: 0x80070005 }).message).toMatch(/^HcsEnumerateComputeSystems: failure/);
  });

  it("normalises a signed HRESULT", () => {
    expect(hresultError({ op: "x", hresult: -1070137082 }).hresult).toBe(HCS.UNEXPECTED_EXIT);
  });

  it("is recognised by its code in either prefix, and other errors are not", () => {
    const error = hresultError({ op: "x", hresult: 0xc0370110 });
    expect(isHcsError(error)).toBe(true);
    expect(isHcsError(error, 0x80370110)).toBe(true);
    expect(isHcsError(error, HCS.INVALID_STATE)).toBe(false);
    expect(isHcsError(new Error("x"))).toBe(false);
  });
});

describe("parseResultDocument", () => {
  it.each([null, undefined, "", "not json", "[1]", "7", "null", '{"ErrorEvents":7}'])("reads %j as a document without events", (text) => {
    expect(parseResultDocument(text).ErrorEvents ?? []).toEqual([]);
  });

  it("drops events that are no objects", () => {
    expect(parseResultDocument('{"ErrorEvents":[null,1,{"Message":"m"}]}').ErrorEvents).toEqual([{ Message: "m" }]);
  });
});
