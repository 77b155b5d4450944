import { foldName } from "@oriel/contracts";

/** What Wine and the agent put there for themselves; no Windows program should see it. */
const internal = /^(WINE|ORIEL_|LC_ALL=|USER=)/i;

/** Variables of every Windows session that a bare registry may lack. */
function sessionDefaults(user: string, computerName: string): Record<string, string> {
  const profile = `C:\\Users\\${user}`;
  return {
    ALLUSERSPROFILE: "C:\\ProgramData",
    APPDATA: `${profile}\\AppData\\Roaming`,
    CommonProgramFiles: "C:\\Program Files\\Common Files",
    COMPUTERNAME: computerName,
    HOMEDRIVE: "C:",
    HOMEPATH: `\\Users\\${user}`,
    LOGONSERVER: `\\\\${computerName}`,
    ComSpec: "C:\\Windows\\system32\\cmd.exe",
    LOCALAPPDATA: `${profile}\\AppData\\Local`,
    OS: "Windows_NT",
    Path: "C:\\Windows\\system32;C:\\Windows",
    PATHEXT: ".COM;.EXE;.BAT;.CMD",
    ProgramData: "C:\\ProgramData",
    ProgramFiles: "C:\\Program Files",
    PUBLIC: "C:\\Users\\Public",
    SystemDrive: "C:",
    SystemRoot: "C:\\Windows",
    TEMP: `${profile}\\AppData\\Local\\Temp`,
    TMP: `${profile}\\AppData\\Local\\Temp`,
    USERDOMAIN: "User Manager",
    USERNAME: user,
    USERPROFILE: profile,
    windir: "C:\\Windows",
  };
}

/** Those of the session that Wine derives from the Unix user and host. */
const perUser = [
  ...["APPDATA", "COMPUTERNAME", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "LOGONSERVER", "TEMP", "TMP"],
  ...["USERDOMAIN", "USERNAME", "USERPROFILE"],
];

export interface ProcessEnvironmentOptions {
  /** The agent's own block: what the container's registry gives. */
  readonly registry: readonly string[];
  /** `Environment` of the process document. */
  readonly document: Readonly<Record<string, string>>;
  readonly user: string;
  readonly computerName: string;
}

/**
 * The environment block of a process: the session's defaults, then the container's registry, then the document; names
 * are one variable whatever their case, the last value wins. Sorted without case, as Windows keeps blocks.
 */
export function processEnvironment({ registry, document, user, computerName }: ProcessEnvironmentOptions): string[] {
  const variables = new Map<string, [name: string, value: string]>();
  const set = (name: string, value: string): void => {
    variables.set(foldName(name), [name, value]);
  };
  const session = sessionDefaults(user, computerName);
  for (const [name, value] of Object.entries(session)) set(name, value);
  for (const entry of registry) {
    // The hidden variables "=C:=C:\dir" start with the sign that separates.
    const at = entry.indexOf("=", 1);
    if (at > 0 && !internal.test(entry)) set(entry.slice(0, at), entry.slice(at + 1));
  }
  for (const name of perUser) set(name, session[name] ?? "");
  for (const [name, value] of Object.entries(document)) set(name, value);
  return [...variables.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, [name, value]]) => `${name}=${value}`);
}
