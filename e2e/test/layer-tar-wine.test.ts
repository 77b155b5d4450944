import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForWine, makeWineRig, runInWine, type WineRig, whyNoWine, windowsPath } from "../../packages/hcs-bindings/wine/harness.ts";
import { createEmulatedHcs } from "../../packages/hcs-emulator/src/index.ts";
import { type LayerTarEntry, readLayerTar } from "../../packages/layer-tar/src/index.ts";
import { type RoundTripTars, roundTripLayers } from "../src/windows/layer-round-trip.ts";

const noWine = await whyNoWine();
const reason = noWine === undefined ? "" : ` (skipped: ${noWine})`;

/** The entries of a tar with all that they hold, bytes as text. */
async function entriesOf(tar: Uint8Array): Promise<Record<string, unknown>[]> {
  const entries: Record<string, unknown>[] = [];
  for await (const entry of readLayerTar(single(tar))) entries.push(await whole(entry));
  return entries;
}

async function* single(tar: Uint8Array): AsyncGenerator<Uint8Array> {
  yield tar;
}

async function whole(entry: LayerTarEntry): Promise<Record<string, unknown>> {
  if (!("content" in entry)) return { ...entry };
  const pieces: Uint8Array[] = [];
  if (entry.content instanceof Uint8Array) pieces.push(entry.content);
  else for await (const piece of entry.content) pieces.push(Uint8Array.from(piece));
  return { ...entry, content: Buffer.concat(pieces).toString() };
}

describe.skipIf(noWine !== undefined)(`layer tars through the Windows provider${reason}`, () => {
  let rig: WineRig | undefined;
  let emulated: RoundTripTars;
  let windows: RoundTripTars;

  beforeAll(async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), "oriel-layer-tar-"));
    try {
      emulated = await roundTripLayers(createEmulatedHcs({ root, rootfs: "copy" }), root);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
    rig = await makeWineRig();
    const bundle = await bundleForWine(rig, fileURLToPath(new URL("../src/windows/layer-tar-main.ts", import.meta.url)));
    // Wine cannot name a file whose name the locale has no letters for.
    const ended = await runInWine(rig, bundle, [rig.dll, windowsPath(rig.folder)], { deadline: 120_000, env: { LC_ALL: "C.UTF-8" } });
    expect(ended).toEqual({ code: 0, output: "" });
    windows = { base: await readFile(path.join(rig.folder, "base.tar")), upper: await readFile(path.join(rig.folder, "upper.tar")) };
  });
  afterAll(() => rig?.remove());

  it("keeps everything that a base layer's tar says of its files", async () => {
    const entries = await entriesOf(windows.base);
    const hidden = entries.find((entry) => entry.name === "Files/data/hidden.txt");
    expect(hidden).toMatchObject({
      content: "hidden",
      attributes: 0x23,
      times: { lastWrite: 1_600_000_007_123_456_700n, creation: 1_500_000_000_999_999_900n, change: 1_600_000_200_000_000_200n },
      extendedAttributes: [{ name: "$ORIEL" }],
    });
    expect(entries).toContainEqual(expect.objectContaining({ name: "Files/data/hidden.txt:Zone.Identifier" }));
    expect(entries).toContainEqual({ kind: "hardlink", name: "Files/data/second-name.txt", target: "Files/data/changed.txt" });
    expect(entries).toContainEqual(expect.objectContaining({ kind: "mount-point", name: "Files/data/to-windows", target: "C:\\Windows" }));
  });

  it("makes of a base layer what the emulated host makes of it", async () => {
    expect(await entriesOf(windows.base)).toEqual(await entriesOf(emulated.base));
    expect(Buffer.from(windows.base).equals(emulated.base)).toBe(true);
  });

  it("makes of a layer on another what the emulated host makes of it, with what it takes away", async () => {
    const entries = await entriesOf(windows.upper);
    expect(entries).toContainEqual({ kind: "whiteout", name: "Files/data/gone.txt" });
    expect(entries).toContainEqual({ kind: "whiteout", name: "Files/old" });
    expect(entries).toEqual(await entriesOf(emulated.upper));
    expect(Buffer.from(windows.upper).equals(emulated.upper)).toBe(true);
  });
});
