import { readFile } from "node:fs/promises";
import path from "node:path";

/** What is wrong with the disk of a scratch, which is a document on the emulated host: of one that was lost it may have nothing. */
export async function checkScratchDisk(title: string, folder: string): Promise<string[]> {
  const disk = path.join(folder, "sandbox.vhdx");
  try {
    const { size } = JSON.parse(await readFile(disk, "utf8")) as { readonly size?: unknown };
    return typeof size === "number" && size > 0 ? [] : [`${title}: its disk ${disk} has no size`];
  } catch (error) {
    return [`${title}: its disk is not whole: ${error instanceof Error ? error.message : String(error)}`];
  }
}
