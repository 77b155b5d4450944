import { WIN32 } from "../hcs/codes.ts";
import { hresultFromWin32 } from "../hcs/hresult.ts";
import { causesOf } from "./causes.ts";

/** SQLite's result code: https://www.sqlite.org/rescode.html#full */
const sqliteFull = 13;
const systemCodes: readonly unknown[] = ["ENOSPC", "EDQUOT"];

/** Whether an error, or what caused it, is that a disk has no space left: as Node.js, SQLite or Windows say it. */
export function isDiskFull(error: unknown): boolean {
  for (const found of causesOf(error)) {
    const { code, errcode, hresult } = found as { readonly code?: unknown; readonly errcode?: unknown; readonly hresult?: unknown };
    if (systemCodes.includes(code)) return true;
    if (typeof errcode === "number" && (errcode & 0xff) === sqliteFull) return true;
    if (hresult === hresultFromWin32(WIN32.DISK_FULL)) return true;
  }
  return false;
}
