import { runCommand } from "./command.ts";

/** An image of an archive's manifest.json. */
export interface ArchivedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** The images that a docker archive holds. */
export async function imagesOf(archive: string): Promise<readonly ArchivedImage[]> {
  return JSON.parse(await memberText(archive, "manifest.json")) as ArchivedImage[];
}

/** The content of one member of a tar file. */
export function memberText(archive: string, name: string): Promise<string> {
  return tar("-xOf", archive, name);
}

/** Runs tar and returns its output. @throws Error when it fails */
export async function tar(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand("tar", words);
  if (code !== 0) throw new Error(`tar ${words.join(" ")} failed: ${stderr}`);
  return stdout;
}
