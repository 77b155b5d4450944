import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "./command.ts";
import { imageOnNano } from "./image-on-nano.ts";

const source = fileURLToPath(new URL("../fixtures/programs/cat.c", import.meta.url));

/** The image of {@link programsArchive}. */
export const programsImage = "oriel/programs";

/** The archive of an image with a program of ours: oriel/nano and `C:\Windows\System32\cat.exe`. */
export async function programsArchive(): Promise<string> {
  const version = await readFile(source, "utf8");
  return imageOnNano({ name: programsImage, version, files: async () => ({ "Windows/System32/cat.exe": await compile() }) });
}

async function compile(): Promise<Uint8Array> {
  const work = await mkdtemp(path.join(os.tmpdir(), "oriel-cat-"));
  try {
    const program = path.join(work, "cat.exe");
    const built = await runCommand("x86_64-w64-mingw32-gcc", ["-Os", "-s", "-Wall", "-Werror", "-o", program, source]);
    if (built.code !== 0) throw new Error(`${source} cannot be compiled: ${built.stderr}`);
    return await readFile(program);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
