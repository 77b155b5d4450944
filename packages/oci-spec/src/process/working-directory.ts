import { invalidOption } from "../invalid-option.ts";

/**
 * Returns the directory that a container's program begins in. On Windows slashes become backslashes, a path without a drive
 * is on `C:`, and none given is `C:\`: a program run by LocalSystem or ContainerAdministrator would begin in
 * C:\Windows\System32 otherwise.
 * @throws InvalidArgumentError for a path that is not absolute. `\app` counts as absolute, `C:app` does not.
 */
export function workingDirectory(given: string | undefined, os: "windows" | "linux"): string {
  if (os === "linux") {
    if (!given) return "/";
    if (given.startsWith("/") && !given.includes("\0")) return given;
    throw notAbsolute(given);
  }
  if (!given) return "C:\\";
  const path = given.replaceAll("/", "\\");
  if (/^(?:[a-z]:)?\\/i.test(path) && !path.includes("\0")) return /^\\(?!\\)/.test(path) ? `C:${path}` : path;
  throw notAbsolute(given);
}

function notAbsolute(given: string): Error {
  return invalidOption(`the working directory '${given}' is invalid, it needs to be an absolute path`);
}
