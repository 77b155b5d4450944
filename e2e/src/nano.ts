import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "./command.ts";
import { oriel, repository } from "./daemon.ts";

/** The archive of oriel/nano, built from this machine's Wine on the first call and kept with the working copy. */
export async function nanoArchive(): Promise<string> {
  const folder = path.join(repository, ".oriel", "e2e");
  const file = path.join(folder, "nano.tar");
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  const { code, stderr } = await runCommand(oriel, ["image", "build-base", "-o", unfinished], { timeout: 170_000 });
  if (code !== 0) throw new Error(`oriel image build-base failed with ${code}: ${stderr}`);
  await rename(unfinished, file);
  return file;
}
