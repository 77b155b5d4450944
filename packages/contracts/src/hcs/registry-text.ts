import { UnavailableError } from "../errors/errors.ts";
import { WIN32 } from "./codes.ts";
import { formatHresult, hresultFailed, win32FromHresult } from "./hresult.ts";
import type { RawWin32 } from "./raw-win32.ts";

/**
 * The text value `name` of a key below HKEY_LOCAL_MACHINE; undefined where the key or the value does not exist.
 * @throws UnavailableError for a registry that cannot be read
 */
export async function registryText(win32: Pick<RawWin32, "RegGetString">, key: string, name: string): Promise<string | undefined> {
  const { hresult, value } = await win32.RegGetString(key, name);
  if (!hresultFailed(hresult)) return value;
  const code = win32FromHresult(hresult);
  if (code === WIN32.FILE_NOT_FOUND || code === WIN32.PATH_NOT_FOUND) return undefined;
  throw new UnavailableError(`the value ${JSON.stringify(name)} of HKEY_LOCAL_MACHINE\\${key} cannot be read (${formatHresult(hresult)})`, {
    op: "registry.read",
    resource: name,
  });
}
