import { readFileSync } from "node:fs";
import { must, UserError } from "./command.mjs";
import { findProgram } from "./paths.mjs";

/** Why apt cannot be used here, or undefined. */
export function whyNoApt() {
  if (findProgram("apt-get") === undefined) return "there is no apt-get here";
  if (process.getuid?.() !== 0) return "installing needs root";
  return undefined;
}

let listsAreFresh = false;

/**
 * @param {readonly string[]} names
 * @param {(line: string) => void} say
 */
export async function aptInstall(names, say) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  let steps = 0;
  // apt writes three lines for each of a hundred packages; every twentieth shows well enough that it goes on.
  const shown = (/** @type {string} */ line) => {
    const step = /^(Get:|Unpacking|Setting up)/.test(line);
    if (step) steps += 1;
    if (/^(Need to get|E:|Err:)/.test(line) || (step && steps % 20 === 0)) say(line.slice(0, 110));
  };
  const remedy = `see whether 'apt-get update' works, or install ${names.join(", ")} yourself`;
  if (!listsAreFresh)
    await must("apt-get", ["update"], { env, onLine: shown, failure: "the lists of packages could not be fetched", remedy });
  listsAreFresh = true;
  // A machine's own updates can hold the lock when it has just begun.
  const args = ["-o", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends", ...names];
  await must("apt-get", args, { env, timeout: 1200, onLine: shown, failure: `${names.join(", ")} could not be installed`, remedy });
}

/** The Wine loader's path, or undefined. Debian's wine64 puts it in no folder of PATH. */
function findWine() {
  const configured = process.env.ORIEL_WINE;
  if (configured) return configured;
  return findProgram("wine64", "/usr/lib/wine") ?? findProgram("wine64") ?? findProgram("wine");
}

/** Bubblewrap's path, or undefined: in the folders in which the emulated host looks for it. */
function findBubblewrap() {
  return findProgram("bwrap", "/usr/bin:/bin:/usr/local/bin:/run/current-system/sw/bin") ?? findProgram("bwrap");
}

/** Where the emulated host looks for programs of the system: not in PATH. */
const systemFolders = "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin";

/**
 * Packages of what containers need here and is not installed, as Debian calls them: Wine, which runs their programs, and
 * bubblewrap, which contains them, unless the environment asks for containers that nothing contains; then, for a daemon of
 * root's, what makes their networks.
 */
export function missingForContainers() {
  const contained = process.env.ORIEL_EMULATOR_ISOLATION !== "none";
  const makesNetworks = contained && process.platform === "linux" && process.getuid?.() === 0;
  return [
    ...(findWine() === undefined ? ["wine64"] : []),
    ...(contained && process.platform === "linux" && findBubblewrap() === undefined ? ["bubblewrap"] : []),
    ...(makesNetworks && findProgram("ip", systemFolders) === undefined ? ["iproute2"] : []),
    ...(makesNetworks && findProgram("nft", systemFolders) === undefined ? ["nftables"] : []),
  ];
}

/** Families of systems, how packages are installed there, and what the package of a 64-bit Wine is called; the others have one name, but for Fedora's iproute. */
const managers = /** @type {const} */ ([
  [/debian|ubuntu/, "apt-get install --no-install-recommends", "wine64"],
  [/fedora|rhel|centos/, "dnf install", "wine-core"],
  [/arch/, "pacman -S", "wine"],
  [/suse/, "zypper install", "wine"],
  [/alpine/, "apk add", "wine"],
]);

/**
 * How packages are installed on this system, as a command.
 *
 * @param {readonly string[]} missing as Debian calls them
 * @param {string} [family] what /etc/os-release says of the system
 */
export function howToInstall(missing, family = distribution()) {
  if (process.platform === "darwin") return "brew install --cask wine-stable";
  const found = managers.find(([pattern]) => pattern.test(family));
  if (found === undefined) return `install ${missing.join(" and ")} with your system's package manager`;
  const [, command, wine] = found;
  const prefix = process.getuid?.() === 0 ? "" : "sudo ";
  return `${prefix}${command} ${missing.map((name) => (name === "wine64" ? wine : name === "iproute2" && command.startsWith("dnf") ? "iproute" : name)).join(" ")}`;
}

function distribution() {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    return [...text.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)].map((match) => match[1]).join(" ");
  } catch {
    return "";
  }
}

/** @param {(line: string) => void} say */
export async function ensureContainersCanRun(say) {
  if (process.platform !== "linux" && process.env.ORIEL_EMULATOR_ISOLATION !== "none") {
    throw new UserError(
      "nothing contains containers on this system, so that their programs have all rights of your account",
      "if you trust the images: ORIEL_EMULATOR_ISOLATION=none npm start",
    );
  }
  const missing = missingForContainers();
  if (missing.length === 0) return;
  const reason = whyNoApt();
  const why = "Wine runs the containers' programs, bubblewrap contains them, and iproute2 and nftables make their networks";
  if (reason !== undefined) throw new UserError(`${why}; missing: ${missing.join(", ")}; ${reason}.`, howToInstall(missing));
  say(`installing ${missing.join(" and ")}`);
  await aptInstall(missing, say);
  const still = missingForContainers();
  if (still.length > 0) throw new UserError(`${still.join(" and ")} was installed, and is not to be found`, howToInstall(still));
}
