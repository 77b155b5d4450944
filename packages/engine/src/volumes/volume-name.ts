import { InvalidArgumentError } from "@oriel/contracts";

/** What Windows lets nobody use as the name of a folder. */
const reservedWord = /^(?:con|prn|nul|aux|com[1-9]|lpt[1-9])$/;
const allowedName = /^[a-z0-9][a-z0-9_.-]+$/;

/** Returns the form under which a volume is known: names of Windows' folders have no case, so dockerd keeps them in lower case. */
export function volumeNameOf(given: string): string {
  return given.toLowerCase();
}

/** Whether Windows lets nobody use a name, in whatever case. */
export function isReservedName(name: string): boolean {
  return reservedWord.test(name.toLowerCase());
}

/** What dockerd says of a reserved name. */
export function reservedName(name: string): string {
  return `volume name ${JSON.stringify(name)} cannot be a reserved word for Windows filenames`;
}

/**
 * Checks a name in lower case as dockerd on Windows does, in its words.
 * @throws InvalidArgumentError naming the volume
 */
export function checkVolumeName(name: string): void {
  const refuse = (why: string): never => {
    throw new InvalidArgumentError(`create ${name}: ${why}`, { op: "volume.create", resource: name });
  };
  if (/[\\/:*?"<>|\r\n]/.test(name)) refuse("invalid volume name");
  if (isReservedName(name)) refuse(reservedName(name));
  if ([...name].length === 1) refuse("volume name is too short, names should be at least two alphanumeric characters");
  if (!allowedName.test(name)) {
    refuse(
      `${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  if (name.length > maxNameLength) refuse(`volume name has ${name.length} characters, at most ${maxNameLength} are possible`);
  // Windows takes the dot off the end of a folder's name, and would make `a.` and `a` one folder; `con.txt` is reserved like `con`.
  if (name.endsWith(".")) refuse(`volume name ${JSON.stringify(name)} ends in a dot, which Windows does not keep`);
  const [stem = ""] = name.split(".");
  if (reservedWord.test(stem)) refuse(`volume name ${JSON.stringify(name)} begins with a reserved word for Windows filenames`);
}

/** Characters of a name in a folder, on Windows and on most other file systems. */
const maxNameLength = 255;
