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
  const args = ["install", "--yes", "--no-install-recommends", ...names];
  await must("apt-get", args, { env, timeout: 1200, onLine: shown, failure: `${names.join(", ")} could not be installed`, remedy });
}

/** The Wine loader's path, or undefined. Debian's wine64 puts it in no folder of PATH. */
export function findWine() {
  const configured = process.env.ORIEL_WINE;
  if (configured) return configured;
  return findProgram("wine64", "/usr/lib/wine") ?? findProgram("wine64") ?? findProgram("wine");
}

/** How Wine is installed on this system, as a command. */
export function howToInstallWine() {
  if (process.platform === "darwin") return "brew install --cask wine-stable";
  const commands = /** @type {const} */ ([
    [/debian|ubuntu/, "apt-get install --no-install-recommends wine64"],
    [/fedora|rhel|centos/, "dnf install wine-core"],
    [/arch/, "pacman -S wine"],
    [/suse/, "zypper install wine"],
    [/alpine/, "apk add wine"],
  ]);
  const found = commands.find(([family]) => family.test(distribution()));
  const prefix = process.getuid?.() === 0 ? "" : "sudo ";
  return found ? `${prefix}${found[1]}` : "install Wine with your system's package manager";
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
export async function ensureWine(say) {
  if (findWine() !== undefined) return;
  const reason = whyNoApt();
  if (reason !== undefined) {
    throw new UserError(`Wine runs the containers' programs and is not installed; ${reason}.`, howToInstallWine());
  }
  say("installing wine64");
  await aptInstall(["wine64"], say);
  if (findWine() === undefined) throw new UserError("wine64 was installed, but no Wine is to be found", howToInstallWine());
}
