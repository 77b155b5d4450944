import { foldName } from "@oriel/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LayerTarEntry, readLayerTar, writeLayerTar } from "../src/index.ts";
import { ImportedLayers } from "./imported-layers.ts";
import { pieces } from "./raw-tar.ts";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data));
const time = fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }).map((value) => (value / 100n) * 100n);
// No device name begins with these letters.
const part = fc.oneof(
  fc.stringMatching(/^[d-f][A-Za-z0-9_-]{0,8}$/),
  fc.constantFrom("Ärger", "日本語", "x".repeat(120), "with space", ".dot", "a.b.c"),
);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `Files/${parts.join("/")}`);
const described = {
  name,
  times: fc.record({ lastWrite: time, lastAccess: time, change: time, creation: time }),
  extendedAttributes: fc
    .dictionary(fc.stringMatching(/^[A-Z.]{1,12}$/), bytes(30), { maxKeys: 3 })
    .map((map) => Object.entries(map).map(([key, value]) => ({ name: key, value }))),
  securityDescriptor: fc.option(bytes(60), { nil: undefined }),
};
const plainAttributes = fc.constantFrom(0, 0x20, 0x21, 0x2022);

const content = (size: number) => bytes(size).map((data) => ({ size: data.length, content: data }));

const entry: fc.Arbitrary<LayerTarEntry> = fc
  .oneof(
    fc.record({ kind: fc.constant("directory" as const), ...described, attributes: plainAttributes.map((bits) => bits | 0x10) }),
    fc
      .tuple(fc.record({ kind: fc.constant("file" as const), ...described, attributes: plainAttributes }), content(1500))
      .map(([file, data]) => ({ ...file, ...data })),
    fc.record({
      kind: fc.constantFrom("symlink" as const, "mount-point" as const),
      ...described,
      attributes: plainAttributes.map((bits) => bits | 0x400),
      target: fc.constantFrom("a", "..\\x", "C:\\Users", "\\\\server\\share", `C:\\${"y".repeat(130)}`),
    }),
    fc.record({ kind: fc.constant("hardlink" as const), name, target: name }),
    fc.record({ kind: fc.constantFrom("whiteout" as const, "opaque" as const), name }),
  )
  .map((value) => Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as unknown as LayerTarEntry);

/** Sometimes with streams behind it. */
const group = fc
  .tuple(
    entry,
    fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Za-z][A-Za-z.]{0,9}$/), content(80)), { maxLength: 2, selector: ([stream]) => stream }),
  )
  .map(([first, streams]): LayerTarEntry[] => {
    if (!("times" in first)) return [first];
    return [first, ...streams.map(([stream, data]) => ({ kind: "stream" as const, name: `${first.name}:${stream}`, ...data }))];
  });

/** Reads entries with their content, as the writer takes them. */
async function readAll(tar: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const read of readLayerTar(tar)) {
    if (!("content" in read)) {
      found.push(read);
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of read.content as AsyncIterable<Uint8Array>) chunks.push(chunk);
    found.push({ ...read, content: Buffer.concat(chunks) });
  }
  return found;
}

describe("what was written is read again", () => {
  test("with every field", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(group, { maxLength: 6 }), async (groups) => {
        const entries = groups.flat();
        // PAX records are sorted by key, and so are the attributes that they name.
        const expected = entries.map((each) =>
          "extendedAttributes" in each && each.extendedAttributes
            ? { ...each, extendedAttributes: each.extendedAttributes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
            : each,
        );
        expect(await readAll(writeLayerTar(entries))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test("and written again it is the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(group, { maxLength: 5 }), async (groups) => {
        const once = await collect(writeLayerTar(groups.flat()));
        const twice = await collect(writeLayerTar((await readAll(pieces(once))) as LayerTarEntry[]));
        expect(twice.equals(once)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A tree as nested objects: text is a file. */
type Tree = { readonly [name: string]: string | Tree };

const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; node: string | Tree }>((tie) => ({
  tree: fc
    .uniqueArray(fc.tuple(part, tie("node")), { maxLength: 4, selector: ([key]) => foldName(key) })
    .map((pairs) => Object.fromEntries(pairs)),
  node: fc.oneof({ maxDepth: 3, depthSize: "small" }, fc.string({ maxLength: 40 }), tie("tree")),
})).tree;

function entriesOf(of: Tree, folder = "Files"): LayerTarEntry[] {
  const times = { lastWrite: 1_700_000_000_000_000_000n };
  return Object.entries(of).flatMap(([key, node]): LayerTarEntry[] => {
    const path = `${folder}/${key}`;
    if (typeof node === "string") return [{ kind: "file", name: path, times, size: Buffer.byteLength(node), content: Buffer.from(node) }];
    return [{ kind: "directory", name: path, times }, ...entriesOf(node, path)];
  });
}

test("any tree becomes a layer with the same tree, in whatever order its entries come, as base and as later layer", async () => {
  await using layers = await ImportedLayers.open();
  await layers.import("base", [], [{ kind: "directory", name: "Files", times: { lastWrite: 0n } }]);
  const shuffled = tree.chain((of) => fc.tuple(fc.constant(of), fc.shuffledSubarray(entriesOf(of), { minLength: entriesOf(of).length })));
  await fc.assert(
    fc.asyncProperty(shuffled, fc.boolean(), async ([of, entries], later) => {
      const files: LayerTarEntry = { kind: "directory", name: "Files", times: { lastWrite: 0n } };
      await layers.import("tree", later ? ["base"] : [], [...entries, files]);
      expect(await layers.tree("tree")).toEqual(of);
      await layers.hcs.layers.DestroyLayer({ flavour: 1, homeDir: "" }, layers.folder("tree"));
    }),
    { numRuns: 80 },
  );
});
