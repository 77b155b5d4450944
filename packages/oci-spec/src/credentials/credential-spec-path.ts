import { invalidOption } from "../invalid-option.ts";

// Device names stand for the device in every folder and with every extension. The superscript digits count as digits.
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what the test is about
const forbiddenCharacter = /[\0-\x1f<>"|?*]/;

/** What an error may quote of a place: not a credential spec that was given instead of one. */
export function shownLocation(location: string): string {
  return /[{"]/.test(location) || location.length > 260 ? "…" : location;
}

/**
 * The folders and the file that a `file://` credential spec names below CredentialSpecs. Looks at the text only; that no
 * link leads out of the folder is for `resolveCredentialSpec` to see.
 * @throws InvalidArgumentError for anything but a plain relative path of plain names.
 */
export function credentialSpecSegments(location: string): string[] {
  const refuse = (reason: string): never => {
    throw invalidOption(
      `invalid credential spec: file:// path ${JSON.stringify(shownLocation(location))} ${reason}`,
      "Give the name of a file in the folder CredentialSpecs of the daemon's root, such as credentialspec=file://app.json.",
    );
  };
  if (/^[\\/]/.test(location)) refuse("cannot be absolute");
  if (location.includes(":")) refuse("cannot be absolute, name a drive or name a stream");
  if (forbiddenCharacter.test(location)) refuse("has a character that no file name can have");
  const segments = location.split(/[\\/]/).filter((segment) => segment !== "" && segment !== ".");
  for (const segment of segments) {
    if (segment === "..") refuse("cannot lead upwards");
    // Windows drops dots and spaces at the end of a name, so such a name is another name in disguise.
    if (/[. ]$/.test(segment)) refuse("has a name that ends in a dot or a space");
    if (deviceName.test((segment.split(".")[0] ?? "").trimEnd())) refuse("has a device name");
  }
  if (segments.length === 0) refuse("names no file");
  return segments;
}

/** Joins a folder and names with the separator that the folder uses. */
export function joinBelow(folder: string, segments: readonly string[]): string {
  const separator = separatorOf(folder);
  return [folder.replace(/[\\/]+$/, ""), ...segments].join(separator);
}

/**
 * Whether `path` lies inside `folder`; both absolute and resolved. Case counts: resolved paths have the case that is on
 * the disk, and folders that differ only in case can exist side by side on Windows as well.
 */
export function isInside(folder: string, path: string): boolean {
  const separator = separatorOf(folder);
  const base = folder.endsWith(separator) ? folder : folder + separator;
  return path.length > base.length && path.startsWith(base);
}

function separatorOf(folder: string): "\\" | "/" {
  return folder.includes("\\") && !folder.startsWith("/") ? "\\" : "/";
}
