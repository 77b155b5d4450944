import path from "node:path";
import { readResources } from "./pe-resources.ts";
import { applyRegistrarScript } from "./registrar-script.ts";
import { RegistryBranch } from "./registry-text.ts";

/** Name of the account that containers run as, and its profile. Both are Windows' own for containers. */
export const containerUser = { name: "ContainerAdministrator", profile: "C:\\Users\\ContainerAdministrator" } as const;

/** The computer name in the image's registry. Whoever starts a container replaces it (see {@link hostnameValues}). */
export const placeholderHostname = "ORIEL-NANO";

/** The values of `system.reg` that hold the computer's name; a container's own must go to all of them. */
export const hostnameValues: readonly (readonly [key: string, name: string])[] = [
  ["System\\CurrentControlSet\\Control\\ComputerName\\ComputerName", "ComputerName"],
  ["System\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName", "ComputerName"],
  ["System\\CurrentControlSet\\Services\\Tcpip\\Parameters", "Hostname"],
  ["System\\CurrentControlSet\\Services\\Tcpip\\Parameters", "NV Hostname"],
];

/** To be run once in a container before its own programs: it starts the drivers behind drives and network adapters. */
export const servicesProgram = "C:\\Windows\\System32\\services.exe";

/** Name of the event that `servicesProgram` sets when its drivers run: to be created (manual reset) before, and waited for. */
export const servicesStartedEvent = "__wine_SvcctlStarted";

export interface RegistryFiles {
  readonly system: string;
  readonly user: string;
  readonly userDefault: string;
  /** Content of `.update-timestamp`. */
  readonly updateTimestamp: string;
}

export interface WindowsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly revision: number;
}

/**
 * The registry of the image as Wine's files. It is written here and not by Wine's own set-up, which takes ten seconds and
 * 700 MB, starts services, and notes the host in it: its processors, time zone, fonts, user and a random machine id.
 * Time zones, code pages and cryptographic providers come from the DLLs themselves, which carry them as resources.
 *
 * @param modules paths of the PE files that the image holds
 * @throws InvalidArgumentError when a DLL's script is malformed
 */
export async function buildNanoRegistry(modules: readonly string[], version: WindowsVersion): Promise<RegistryFiles> {
  const machine = new RegistryBranch();
  for (const module of modules) await applyModuleScripts(machine, module);
  addMachineKeys(machine, version);
  return {
    system: machine.toText("Machine"),
    user: userBranch(true).toText("User\\S-1-5-21-0-0-0-1000"),
    userDefault: userBranch(false).toText("User\\.Default"),
    // wineboot, should a container ever run it, takes this as: never bring the prefix up to date.
    updateTimestamp: "disable\n",
  };
}

async function applyModuleScripts(machine: RegistryBranch, module: string): Promise<void> {
  for (const script of await readResources(module, "WINE_REGISTRY")) {
    applyRegistrarScript(script.toString("utf8"), machine, {
      root: "HKLM",
      module: `C:\\Windows\\System32\\${path.basename(module)}`,
      // Classes are COM objects and file types: thousands of keys that no console program reads.
      accepts: (key) => !/^software\\classes(?:\\|$)/i.test(key),
    });
  }
}

function addMachineKeys(machine: RegistryBranch, version: WindowsVersion): void {
  addVersion(machine, version);
  addEnvironment(machine);
  addLocale(machine);
  for (const [key, name] of hostnameValues) machine.set(key, name, placeholderHostname);

  const tcpip = "System\\CurrentControlSet\\Services\\Tcpip\\Parameters";
  machine.set(tcpip, "DataBasePath", { type: "expand", value: "%SystemRoot%\\System32\\drivers\\etc" });
  machine.set(tcpip, "Domain", "");

  machine.set("Software\\Microsoft\\Cryptography", "MachineGuid", "6f726965-6c2f-4e61-8e6f-0000000004f6");
  machine.set("Software\\Microsoft\\OLE", "EnableDCOM", "N");
  machine.addKey("Software\\Policies");
  addDriver(machine, "MountMgr", "mountmgr.sys");
  addDriver(machine, "nsiproxy", "nsiproxy.sys");

  const profiles = "Software\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
  machine.set(profiles, "ProfilesDirectory", { type: "expand", value: "C:\\Users" });
  machine.set(profiles, "Public", { type: "expand", value: "C:\\Users\\Public" });
  machine.set(profiles, "ProgramData", { type: "expand", value: "C:\\ProgramData" });
  machine.set(profiles, "Default", { type: "expand", value: "C:\\Users\\Default" });
  machine.set(`${profiles}\\S-1-5-21-0-0-0-1000`, "ProfileImagePath", { type: "expand", value: containerUser.profile });
}

/** A driver that services.exe starts: without MountMgr there is no `dir`, without nsiproxy no `ping` and no `ipconfig`. */
function addDriver(machine: RegistryBranch, name: string, file: string): void {
  const key = `System\\CurrentControlSet\\Services\\${name}`;
  machine.set(key, "DisplayName", name);
  machine.set(key, "ErrorControl", 1);
  machine.set(key, "Group", "System Bus Extender");
  machine.set(key, "ImagePath", `C:\\Windows\\System32\\drivers\\${file}`);
  machine.set(key, "ObjectName", "LocalSystem");
  machine.set(key, "Start", 2);
  machine.set(key, "Type", 1);
}

function addVersion(machine: RegistryBranch, version: WindowsVersion): void {
  const nt = "Software\\Microsoft\\Windows NT\\CurrentVersion";
  machine.set(nt, "ProductName", productName(version.build));
  machine.set(nt, "EditionID", "ServerDatacenter");
  machine.set(nt, "InstallationType", "Nano Server");
  // Windows itself keeps 6.3 here since version 10. Wine 8 has no other source for what it answers to GetVersionEx.
  machine.set(nt, "CurrentVersion", `${version.major}.${version.minor}`);
  machine.set(nt, "CurrentMajorVersionNumber", version.major);
  machine.set(nt, "CurrentMinorVersionNumber", version.minor);
  machine.set(nt, "CurrentBuild", String(version.build));
  machine.set(nt, "CurrentBuildNumber", String(version.build));
  machine.set(nt, "CurrentType", "Multiprocessor Free");
  machine.set(nt, "UBR", version.revision);
  machine.set(nt, "SystemRoot", "C:\\Windows");

  const current = "Software\\Microsoft\\Windows\\CurrentVersion";
  machine.set(current, "ProgramFilesDir", "C:\\Program Files");
  machine.set(current, "ProgramFilesPath", { type: "expand", value: "%ProgramFiles%" });
  machine.set(current, "CommonFilesDir", "C:\\Program Files\\Common Files");

  machine.set("System\\CurrentControlSet\\Control\\ProductOptions", "ProductType", "ServerNT");
  machine.set("System\\CurrentControlSet\\Control\\Windows", "CSDVersion", 0);
  machine.set("System\\CurrentControlSet\\Control", "ContainerType", 2);
}

function productName(build: number): string {
  if (build >= 26100) return "Windows Server 2025 Datacenter";
  if (build >= 20348) return "Windows Server 2022 Datacenter";
  return build >= 17763 ? "Windows Server 2019 Datacenter" : "Windows Server 2016 Datacenter";
}

function addEnvironment(machine: RegistryBranch): void {
  const environment = "System\\CurrentControlSet\\Control\\Session Manager\\Environment";
  machine.set(environment, "ComSpec", { type: "expand", value: "%SystemRoot%\\system32\\cmd.exe" });
  machine.set(environment, "OS", "Windows_NT");
  machine.set(environment, "Path", { type: "expand", value: "%SystemRoot%\\system32;%SystemRoot%" });
  machine.set(environment, "PATHEXT", ".COM;.EXE;.BAT;.CMD");
  machine.set(environment, "PROCESSOR_ARCHITECTURE", "AMD64");
  machine.set(environment, "TEMP", { type: "expand", value: "%SystemRoot%\\TEMP" });
  machine.set(environment, "TMP", { type: "expand", value: "%SystemRoot%\\TEMP" });
  machine.set(environment, "USERNAME", "SYSTEM");
  machine.set(environment, "windir", { type: "expand", value: "%SystemRoot%" });
  machine.set("System\\CurrentControlSet\\Control\\Session Manager", "CriticalSectionTimeout", 0x278d00);
}

function addLocale(machine: RegistryBranch): void {
  const nls = "System\\CurrentControlSet\\Control\\Nls";
  machine.set(`${nls}\\Language`, "Default", "0409");
  machine.set(`${nls}\\Language`, "InstallLanguage", "0409");
  machine.set(`${nls}\\Codepage`, "ACP", "1252");
  machine.set(`${nls}\\Codepage`, "OEMCP", "437");
  machine.set(`${nls}\\Codepage`, "MACCP", "10000");
  machine.set("System\\CurrentControlSet\\Control\\TimeZoneInformation", "TimeZoneKeyName", "UTC");
  machine.set("System\\CurrentControlSet\\Control\\TimeZoneInformation", "StandardName", "UTC");
}

const profileFolders: readonly (readonly [name: string, below: string])[] = [
  ["AppData", "AppData\\Roaming"],
  ["Local AppData", "AppData\\Local"],
  ["Cache", "AppData\\Local\\Microsoft\\Windows\\INetCache"],
  ["Desktop", "Desktop"],
  ["Personal", "Documents"],
];

function userBranch(own: boolean): RegistryBranch {
  const branch = new RegistryBranch();
  const temp = "AppData\\Local\\Temp";
  branch.set("Environment", "TEMP", { type: "expand", value: `%USERPROFILE%\\${temp}` });
  branch.set("Environment", "TMP", { type: "expand", value: `%USERPROFILE%\\${temp}` });
  branch.set("Control Panel\\International", "Locale", "00000409");
  branch.set("Control Panel\\International", "LocaleName", "en-US");
  const explorer = "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer";
  for (const [name, below] of profileFolders) {
    branch.set(`${explorer}\\User Shell Folders`, name, { type: "expand", value: `%USERPROFILE%\\${below}` });
    if (own) branch.set(`${explorer}\\Shell Folders`, name, `${containerUser.profile}\\${below}`);
  }
  if (own) addVolatileEnvironment(branch);
  return branch;
}

function addVolatileEnvironment(branch: RegistryBranch): void {
  const key = "Volatile Environment";
  branch.set(key, "USERNAME", containerUser.name);
  branch.set(key, "USERDOMAIN", "User Manager");
  branch.set(key, "USERPROFILE", containerUser.profile);
  branch.set(key, "HOMEDRIVE", "C:");
  branch.set(key, "HOMEPATH", containerUser.profile.slice(2));
  branch.set(key, "APPDATA", `${containerUser.profile}\\AppData\\Roaming`);
  branch.set(key, "LOCALAPPDATA", `${containerUser.profile}\\AppData\\Local`);
}
