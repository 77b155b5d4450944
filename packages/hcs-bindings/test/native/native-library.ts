import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Compiles a source of this folder, which stands for DLLs on a host that has none. */
export function compileLibrary(source: string): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), "oriel-native-"));
  const file = path.join(folder, "library.so");
  execFileSync("gcc", ["-shared", "-fPIC", "-pthread", "-O1", "-o", file, path.join(import.meta.dirname, source)], { stdio: "pipe" });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Why these tests cannot run here; undefined where they can. */
export function lacksCompiler(): string | undefined {
  if (process.platform !== "linux") return "the library that stands for the DLLs is made for Linux";
  try {
    execFileSync("gcc", ["--version"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "gcc is not installed (Debian: apt-get install gcc libc6-dev)";
  }
}
