import { readFile } from "node:fs/promises";
import { hresultFromWin32, type OsVersion, type RawWin32, WIN32 } from "@oriel/contracts";
import { answerWith, HresultFailure } from "../host/answers.ts";

type Values = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Texts below HKEY_LOCAL_MACHINE of the emulated host: the version of Windows, and what stands in `file`, a document
 * `{"SOFTWARE\\Key": {"Name": "value"}}` that an administrator may write. It is read at each call; it need not be there.
 */
export function createRegistry(file: string, version: OsVersion): Pick<RawWin32, "RegGetString"> {
  const own: Values = {
    "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": {
      CurrentBuild: String(version.build),
      CurrentBuildNumber: String(version.build),
      CurrentVersion: "6.3",
      InstallationType: "Server",
      ProductName: "Windows Server (emulated)",
    },
  };
  return {
    RegGetString: (key, name) =>
      answerWith("value", "", async () => {
        const text = await readFile(file, "utf8").catch(() => "{}");
        const value = find(JSON.parse(text) as Values, key, name) ?? find(own, key, name);
        if (value !== undefined) return value;
        throw new HresultFailure(hresultFromWin32(WIN32.FILE_NOT_FOUND), `HKEY_LOCAL_MACHINE\\${key} has no text '${name}'`);
      }),
  };
}

function find(values: Values, key: string, name: string): string | undefined {
  const found = Object.entries(values).find(([other]) => same(other, key))?.[1] ?? {};
  const value: unknown = Object.entries(found).find(([other]) => same(other, name))?.[1];
  return typeof value === "string" ? value : undefined;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
