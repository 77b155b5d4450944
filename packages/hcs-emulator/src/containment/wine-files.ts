import { closeSync, existsSync, lstatSync, openSync, readlinkSync, readSync, realpathSync } from "node:fs";
import path from "node:path";
import type { WineInstallation } from "../wine-installation.ts";

/**
 * Folders and files of the host that Wine needs, beside its own: shared libraries, fonts, certificates and time zones. No programs,
 * nobody's data. Those that are not there are passed over.
 */
const needed = [
  "/usr/lib",
  "/usr/lib32",
  "/usr/lib64",
  "/lib",
  "/lib32",
  "/lib64",
  "/usr/local/lib",
  "/usr/share/wine",
  "/usr/share/fonts",
  "/usr/share/fontconfig",
  "/usr/share/zoneinfo",
  "/usr/share/ca-certificates",
  "/etc/ld.so.cache",
  "/etc/fonts",
  "/etc/localtime",
  "/etc/ssl/certs",
  "/etc/pki",
  "/nix/store",
];

/** Programs of Wine as a sandbox starts them: binaries, as there is no shell in it. */
export interface WineBinaries {
  readonly loader: string;
  readonly server: string;
}

/** @throws Error for a script that leads to no binary beside it */
export function wineBinaries({ loader, server }: WineInstallation): WineBinaries {
  const real = realpathSync(server);
  // Debian's is a script that starts one of them.
  const candidates = [real, ...["wineserver64", "wineserver32"].map((name) => path.join(path.dirname(real), name))];
  const found = candidates.find((file) => existsSync(file) && !isScript(file));
  if (found === undefined) throw new Error(`${server} is a script, and the wineserver that it starts is not beside it`);
  if (isScript(realpathSync(loader))) {
    throw new Error(`${loader} is a script, which a sandbox cannot run; name the program that it starts with emulator.wine`);
  }
  return { loader, server: found };
}

function isScript(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const start = Buffer.alloc(2);
    readSync(descriptor, start, 0, 2, 0);
    return start.toString("latin1") === "#!";
  } finally {
    closeSync(descriptor);
  }
}

let known: { readonly of: string; readonly words: readonly string[] } | undefined;

/** Words for bubblewrap that show a Wine, read-only, at its place. Looked up once. */
export function showWine(wine: WineBinaries): readonly string[] {
  const of = JSON.stringify(wine);
  if (known?.of !== of) known = { of, words: wordsFor(wine) };
  return known.words;
}

function wordsFor({ loader, server }: WineBinaries): string[] {
  const shown = needed.filter((file) => existsSync(file) || isLink(file));
  const words = shown.flatMap((file) => show(file));
  const isShown = (file: string): boolean => [...shown].some((folder) => file === folder || file.startsWith(`${folder}/`));
  const own = [loader, realpathSync(loader), `${realpathSync(loader)}-preloader`, server, ...homeOf(realpathSync(loader))];
  for (const file of new Set(own)) {
    if (isShown(file) || !existsSync(file)) continue;
    words.push("--ro-bind", file, file);
    if (homeOf(realpathSync(loader)).includes(file)) shown.push(file);
  }
  return words;
}

/** The folder of a Wine that has one of its own, as /opt/wine-stable. */
function homeOf(loader: string): string[] {
  const home = path.dirname(path.dirname(loader));
  return ["/", "/usr", "/usr/lib", "/usr/local"].includes(home) ? [] : [home];
}

/** A link as such: where /lib is one to usr/lib it is one in the sandbox too. */
function show(file: string): string[] {
  if (isLink(file) && !file.startsWith("/etc/")) return ["--symlink", readlinkSync(file), file];
  return ["--ro-bind", file, file];
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
