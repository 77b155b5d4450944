import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";

/** The engine's lasting id, from the file `engine-id` in its root, which is written on the first start. */
export async function loadEngineId(root: string): Promise<string> {
  const file = path.join(root, "engine-id");
  const found = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (found.trim() !== "") return found.trim();

  const id = randomUUID();
  await mkdir(root, { recursive: true });
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, "w", 0o644);
  try {
    await handle.writeFile(`${id}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  return id;
}
