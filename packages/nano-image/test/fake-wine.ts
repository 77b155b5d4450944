import { chmod, mkdir, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { requiredPrograms } from "../src/nano-programs.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { type TinyPeOptions, tinyPe } from "./tiny-pe.ts";

/** When the fake Wine was packaged. */
export const fakeWineTime = 1_700_000_000;

/**
 * A folder laid out as an installed Wine, with crafted programs and a loader that tells a version.
 * @param programs beside the ones that every image needs; a string is the content as it is
 */
export async function fakeWine(programs: Record<string, TinyPeOptions | string> = {}): Promise<string> {
  const root = await temporaryFolder();
  const folder = path.join(root, "lib", "wine", "x86_64-windows");
  await mkdir(folder, { recursive: true });
  await mkdir(path.join(root, "bin"));
  const loader = path.join(root, "bin", "wine");
  await writeFile(loader, "#!/bin/sh\necho 'wine-99.1 (Test)'\n");
  await chmod(loader, 0o755);
  const all: Record<string, TinyPeOptions | string> = {
    "ntdll.dll": {},
    ...Object.fromEntries(requiredPrograms.map((name) => [name, { imports: ["ntdll.dll"] }])),
    ...programs,
  };
  for (const [name, content] of Object.entries(all)) {
    await writeFile(path.join(folder, name), typeof content === "string" ? content : tinyPe(content));
    await utimes(path.join(folder, name), fakeWineTime, fakeWineTime);
  }
  return root;
}
