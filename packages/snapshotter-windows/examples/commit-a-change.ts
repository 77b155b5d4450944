import { writeFile } from "node:fs/promises";
import path from "node:path";
import { type RawHcs, silentLogger } from "@oriel/contracts";
import { WindowsSnapshotter } from "@oriel/snapshotter-windows";

/** Makes a base of a folder with a file in it, a scratch on that, and lists what there is. */
export async function tryOut(raw: RawHcs, root: string): Promise<readonly string[]> {
  const snapshotter = new WindowsSnapshotter({ raw, logger: silentLogger, root });

  const [mount] = await snapshotter.prepare({ key: "making-base" });
  await writeFile(path.join(mount?.source ?? "", "hello.txt"), "hello");
  await snapshotter.commit({ name: "base", key: "making-base", labels: { purpose: "trial" } });

  await snapshotter.prepare({ key: "container", parent: "base" });
  const volume = await snapshotter.mount("container");
  await snapshotter.unmount("container");

  const names: string[] = [];
  for await (const { name, kind } of snapshotter.walk("labels.purpose==trial", "parent==base")) names.push(`${kind} ${name}`);
  await snapshotter.close();
  return [volume, ...names];
}
