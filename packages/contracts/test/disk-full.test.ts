import { expect, test } from "vitest";
import { hresultFromWin32, InternalError, isDiskFull, WIN32 } from "../src/index.ts";

test.each([
  ["Node.js", Object.assign(new Error("x"), { code: "ENOSPC" })],
  ["a quota", Object.assign(new Error("x"), { code: "EDQUOT" })],
  ["SQLite", Object.assign(new Error("x"), { code: "ERR_SQLITE_ERROR", errcode: 13 })],
  ["Windows", Object.assign(new Error("x"), { code: "Internal", hresult: hresultFromWin32(WIN32.DISK_FULL) })],
])("a full disk is known as %s says it, also as the cause of another error", (_who, error) => {
  expect(isDiskFull(error)).toBe(true);
  expect(isDiskFull(new InternalError("y", { op: "test", cause: error }))).toBe(true);
});

test("another error is no full disk", () => {
  expect(isDiskFull(Object.assign(new Error("x"), { code: "EACCES", errcode: 5 }))).toBe(false);
  expect(isDiskFull("ENOSPC")).toBe(false);
});
