import { describe, expect, it } from "vitest";
import { formatHresult, HCS, hresultFailed, hresultFromWin32, S_OK, WIN32, win32FromHresult } from "../src/index.ts";

describe("an HRESULT", () => {
  it("is failure by its highest bit", () => {
    expect(hresultFailed(HCS.OPERATION_PENDING)).toBe(true);
    expect(hresultFailed(HCS.OPERATION_PENDING | 0)).toBe(true);
    expect(hresultFailed(S_OK)).toBe(false);
    expect(hresultFailed(1)).toBe(false);
  });

  it("of a Win32 error gives the error back", () => {
    for (const code of Object.values(WIN32)) expect(win32FromHresult(hresultFromWin32(code))).toBe(code);
    expect(hresultFromWin32(WIN32.ACCESS_DENIED)).toBe(0x80070005);
    expect(hresultFromWin32(0)).toBe(S_OK);
    expect(win32FromHresult(HCS.INVALID_STATE)).toBeUndefined();
  });

  it("is written as Windows writes it, whatever its sign", () => {
    expect(formatHresult(HCS.INVALID_JSON)).toBe("0xC037010D");
    expect(formatHresult(-1070137085)).toBe("0xC0370103");
    expect(formatHresult(5)).toBe("0x00000005");
  });
});
