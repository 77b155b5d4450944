import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForWine, makeWineRig, runInWine, type WineRig, whyNoWine, windowsPath } from "../../packages/hcs-bindings/wine/harness.ts";
import { createEmulatedHcs } from "../../packages/hcs-emulator/src/index.ts";
import { type DescribedTar, describeTar } from "../src/layers/describe-tar.ts";
import { type LayerMaking, manyFolders, ofGnuTar, ofLinksAndStreams, ofManyFiles, ofNano, ofWhiteouts } from "../src/layers/makings.ts";
import { roundTrip } from "../src/layers/round-trip.ts";

interface Making {
  readonly key: string;
  readonly title: string;
  readonly make: LayerMaking;
  /** What the layer's tar takes away, where it says so in another way than the tar of the layer. */
  readonly gone?: readonly string[];
}

const makings: readonly Making[] = [
  { key: "nano", title: "the base layer of oriel/nano", make: ofNano },
  { key: "gnu", title: "a layer made by GNU tar with PAX keys", make: ofGnuTar },
  {
    key: "whiteouts",
    title: "a layer with whiteouts and opaque directories",
    make: ofWhiteouts,
    gone: [
      ...["Files/became a file", "Files/became a folder", "Files/gone", "Files/kept/Other Case.txt", "Files/kept/gone.txt"],
      ...["Files/opaque/folder", "Files/opaque/one.txt", "Files/opaque/shared/below.txt"],
    ],
  },
  { key: "rich", title: "a layer with links, streams, sparse files and reparse points", make: ofLinksAndStreams },
  { key: "many", title: `a layer of ${manyFolders},000 files`, make: ofManyFiles },
];
/** Under Wine each of many files is a record of its own on disk: that takes minutes and shows nothing new. */
const underWine = makings.filter(({ key }) => key !== "many");

const noWine = await whyNoWine();
const reason = noWine === undefined ? "" : ` (skipped: ${noWine})`;

let root = "";
const tars = new Map<string, readonly string[]>();
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-makings-"));
  await mkdir(path.join(root, "tars"));
  for (const { key, make } of makings) if (key !== "nano" || noWine === undefined) tars.set(key, await make(path.join(root, "tars")));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function whatWasMade({ key, gone }: Making): Promise<DescribedTar> {
  const made = await describeTar(tars.get(key)?.at(-1) ?? "");
  return gone === undefined ? made : { ...made, gone };
}

describe("layers of different making, imported and exported on the emulated host", () => {
  it.for(makings)("$title comes back as it was, content and metadata", { timeout: 400_000 }, async (making, { skip }) => {
    if (!tars.has(making.key)) skip(noWine);
    const folder = path.join(root, "emulated", making.key);
    await mkdir(folder, { recursive: true });
    const raw = createEmulatedHcs({ root: folder });
    // Many thousand twice are no other than once.
    const again = making.key !== "many";
    await roundTrip(raw, folder, tars.get(making.key) ?? [], folder, again);
    await raw.close();
    const came = await describeTar(path.join(folder, "once.tar"));
    expect(came.files.size).toBeGreaterThan(5);
    expect(came).toEqual(await whatWasMade(making));
    if (again) await sameBytes(path.join(folder, "once.tar"), path.join(folder, "twice.tar"));
  });
});

describe.skipIf(noWine !== undefined)(`layers of different making, imported and exported through the Windows provider${reason}`, () => {
  let rig: WineRig | undefined;
  beforeAll(async () => {
    rig = await makeWineRig();
    const chosen = underWine.map(({ key }) => [key, (tars.get(key) ?? []).map(windowsPath)] as const);
    await writeFile(path.join(rig.folder, "makings.json"), JSON.stringify(Object.fromEntries(chosen)));
    const bundle = await bundleForWine(rig, fileURLToPath(new URL("../src/windows/layer-makings-main.ts", import.meta.url)));
    // Wine cannot name a file whose name the locale has no letters for.
    const ended = await runInWine(rig, bundle, [rig.dll, windowsPath(rig.folder)], { deadline: 170_000, env: { LC_ALL: "C.UTF-8" } });
    expect(ended).toEqual({ code: 0, output: "" });
  });
  afterAll(() => rig?.remove());

  it.for(underWine)("$title comes back as it was, in the bytes that the emulated host makes", async (making) => {
    const at = (name: string) => path.join(rig?.folder ?? "", making.key, name);
    expect(await describeTar(at("once.tar"))).toEqual(await whatWasMade(making));
    await sameBytes(at("once.tar"), at("twice.tar"));
    await sameBytes(at("once.tar"), path.join(root, "emulated", making.key, "once.tar"));
  });
});

async function sameBytes(a: string, b: string): Promise<void> {
  expect((await readFile(a)).equals(await readFile(b)), `${path.basename(a)} and ${path.basename(b)}`).toBe(true);
}
