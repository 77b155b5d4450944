import { foldName } from "@oriel/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LayerTarEntry } from "../src/index.ts";
import { ExportedLayers } from "./exported-layers.ts";
import { pieces } from "./raw-tar.ts";
import { readEntries, type WholeEntry } from "./read-entries.ts";

/** A file, folder or link of the model: everything but its names. */
type Node = {
  readonly streams: readonly (readonly [name: string, data: Buffer])[];
  readonly entry: Record<string, unknown> & { readonly kind: string };
};
/** Files by name; the same node under two names is one file with a hard link. Folders come before what is in them. */
type Tree = ReadonlyMap<string, Node>;

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data));
const time = fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }).map((value) => (value / 100n) * 100n);
// No device name begins with these letters.
const part = fc.oneof(
  fc.stringMatching(/^[d-f][A-Za-z0-9_-]{0,5}$/),
  fc.constantFrom("Ärger", "日本語", "with space", ".dot", "a.b.c", "a", "a-b"),
);
const described = {
  times: fc.record({ lastWrite: time, lastAccess: time, change: time, creation: time }),
  extendedAttributes: fc.dictionary(fc.stringMatching(/^[A-Z.]{1,8}$/), bytes(30), { maxKeys: 2 }).map((map) =>
    Object.entries(map)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
  ),
  securityDescriptor: bytes(40).filter((descriptor) => descriptor.length > 0),
};
/** Runs of zeros and of data, so that sparse files have holes in all places. */
const content = fc.oneof(
  bytes(300),
  fc
    .array(fc.tuple(fc.boolean(), fc.constantFrom(1, 511, 4096, 65_536, 70_000)), { maxLength: 4 })
    .map((runs) => Buffer.concat(runs.map(([zero, length]) => Buffer.alloc(length, zero ? 0 : 7)))),
);
const streams = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[d-f][A-Za-z.]{0,5}$/), bytes(80)), {
  maxLength: 2,
  selector: ([name]) => foldName(name),
});
const node = (entry: fc.Arbitrary<Record<string, unknown> & { kind: string }>): fc.Arbitrary<Node> => fc.record({ entry, streams });
const folder = node(fc.record({ kind: fc.constant("directory"), ...described, attributes: fc.constantFrom(0x10, 0x12, 0x2010) }));
const leaf = fc.oneof(
  node(fc.record({ kind: fc.constant("file"), ...described, attributes: fc.constantFrom(0x20, 0x21, 0x2022, 0x220), content })),
  // A mount point is a directory on disk, a symbolic link can be either.
  node(
    fc
      .tuple(fc.constantFrom(["symlink", 0x400], ["symlink", 0x410], ["symlink", 0x422], ["mount-point", 0x410]), fc.record(described))
      .map(([[kind, attributes], rest]) => ({ kind: String(kind), ...rest, attributes, target: "C:\\Users" })),
  ),
);

/** Names below `Files` with nodes; each folder on the way is there, and some files have several names. */
const tree: fc.Arbitrary<Tree> = fc
  .tuple(
    folder,
    fc.array(fc.tuple(fc.array(part, { minLength: 1, maxLength: 3 }), leaf, fc.option(fc.nat(5), { freq: 4 })), { maxLength: 8 }),
    fc.array(folder, { minLength: 12, maxLength: 12 }),
  )
  .map(([root, files, folders]) => {
    const found = new Map<string, Node>([["Files", root]]);
    const taken = new Map<string, string>([["FILES", "Files"]]);
    const spare = [...folders];
    const leaves: Node[] = [];
    for (const [parts, fresh, linked] of files) {
      let at = "Files";
      for (const [index, name] of parts.entries()) {
        const key = foldName(`${at}/${name}`);
        const known = taken.get(key);
        const last = index === parts.length - 1;
        if (known !== undefined && (last || found.get(known)?.entry.kind !== "directory")) break;
        at = known ?? `${at}/${name}`;
        if (known !== undefined) continue;
        const made = last ? (leaves[linked ?? -1] ?? fresh) : spare.pop();
        if (made === undefined) break;
        taken.set(key, at);
        found.set(at, made);
        // Directories have one name, those that are links too.
        if (last && (Number(made.entry.attributes) & 0x10) === 0) leaves.push(made);
      }
    }
    return found;
  });

/** In the order of the walk: by the parts of the name. */
function inOrder(names: Iterable<string>): string[] {
  const compare = (a: readonly string[], b: readonly string[]): number => {
    for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
      const [left = "", right = ""] = [a[index], b[index]];
      if (left !== right) return left < right ? -1 : 1;
    }
    return a.length - b.length;
  };
  return [...names].sort((a, b) => compare(a.split("/"), b.split("/")));
}

/** The entries of a tree in the order of these names. */
function entriesOf(of: Tree, names: readonly string[]): WholeEntry[] {
  const first = new Map<Node, string>();
  return names.flatMap((name): WholeEntry[] => {
    const found = of.get(name);
    if (found === undefined) return [];
    const target = first.get(found);
    if (target !== undefined) return [{ kind: "hardlink", name, target }];
    if (found.entry.kind !== "directory") first.set(found, name);
    const data = found.entry.content;
    return [
      { name, ...found.entry, ...(data instanceof Buffer ? { size: data.length } : {}) } as unknown as WholeEntry,
      ...found.streams.map(([stream, content]) => ({ kind: "stream" as const, name: `${name}:${stream}`, size: content.length, content })),
    ];
  });
}

describe.each([
  ["a strict fake of Windows", () => ExportedLayers.onFake()],
  ["the emulated host", () => ExportedLayers.onEmulator()],
])("on %s", (_host, open: () => Promise<ExportedLayers>) => {
  test("a base layer of any tree, whatever the order of its tar, is exported as that tree, in the same bytes each time", async () => {
    await using layers = await open();
    const shuffled = tree.chain((of) => fc.tuple(fc.constant(of), fc.shuffledSubarray([...of.keys()], { minLength: of.size })));
    await fc.assert(
      fc
        .asyncProperty(shuffled, async ([of, order]) => {
          await layers.import("base", [], entriesOf(of, order));
          const once = await layers.export("base");
          expect(await readEntries(pieces(once))).toEqual(entriesOf(of, inOrder(of.keys())));
          await layers.import("copy", [], once);
          expect((await layers.export("copy")).equals(once)).toBe(true);
        })
        .afterEach(() => layers.removeAll()),
      { numRuns: 60 },
    );
  });

  test("a layer on any other is exported as what it adds and takes away, in the same bytes each time", async () => {
    await using layers = await open();
    const pair = fc
      .tuple(tree, tree)
      .chain(([below, own]) => fc.tuple(fc.constant(below), fc.constant(own), fc.subarray([...below.keys()].slice(1))));
    await fc.assert(
      fc
        .asyncProperty(pair, async ([below, own, candidates]) => {
          const taken = new Set([...own.keys()].map(foldName));
          const within = (name: string, other: string) => foldName(name).startsWith(`${foldName(other)}/`);
          const gone = candidates.filter((name) => {
            const kept = [...own.keys()].some((mine) => foldName(mine) === foldName(name) || within(mine, name));
            const inFile = [...own].some(([mine, { entry }]) => entry.kind !== "directory" && within(name, mine));
            return !kept && !inFile && !taken.has(foldName(name)) && !candidates.some((other) => within(name, other));
          });
          await layers.import("base", [], entriesOf(below, [...below.keys()]));
          const hives = { kind: "directory", name: "Hives", times: { lastWrite: 0n } } as const;
          const whiteouts = gone.map((name): LayerTarEntry => ({ kind: "whiteout", name }));
          await layers.import("next", ["base"], [hives, ...whiteouts, ...entriesOf(own, [...own.keys()])]);
          const once = await layers.export("next", ["base"]);
          const found = (await readEntries(pieces(once))).filter(({ name }) => name !== "Hives");
          expect(found.filter(({ kind }) => kind !== "whiteout")).toEqual(entriesOf(own, inOrder(own.keys())));
          expect(
            found
              .filter(({ kind }) => kind === "whiteout")
              .map(({ name }) => name)
              .sort(),
          ).toEqual(gone.toSorted());
          await layers.import("copy", ["base"], once);
          expect((await layers.export("copy", ["base"])).equals(once)).toBe(true);
          await layers.commit("direct", "next", ["base"]);
          expect((await layers.export("direct", ["base"])).equals(once)).toBe(true);
        })
        .afterEach(() => layers.removeAll()),
      { numRuns: 40 },
    );
  });
});

/** What layers show together: by folded name, the name as the lowest spells it and whether it is a folder. */
type Shown = ReadonlyMap<string, { readonly name: string; readonly folder: boolean }>;

const isBelow = (name: string, folder: string) => name.startsWith(`${folder}/`);

function shownWith(below: Shown, own: Tree): Shown {
  const shown = new Map(below);
  for (const [name, { entry }] of own) {
    const key = foldName(name);
    const there = shown.get(key);
    const folder = entry.kind === "directory";
    if (!folder || there?.folder === false) for (const other of [...shown.keys()]) if (isBelow(other, key)) shown.delete(other);
    shown.set(key, { name: there?.name ?? name, folder });
  }
  return shown;
}

/** What an opaque folder hides: all that the layers below show in it and the layer itself does not have, outermost only. */
function hiddenBy(opaque: readonly string[], below: Shown, own: Tree): string[] {
  const mine = new Map([...own].map(([name, { entry }]) => [foldName(name), entry.kind === "directory"]));
  const keys = [...below.keys()].filter((key) => opaque.some((folder) => isBelow(key, foldName(folder))));
  // What lies below a file of the layer is gone without a word.
  const hidden = keys.filter((key) => !mine.has(key) && ![...mine].some(([name, folder]) => !folder && isBelow(key, name)));
  return hidden.filter((key) => !hidden.some((other) => isBelow(key, other))).sort();
}

test("any layer on two others is exported as what it adds, and what its opaque folders hide, in the same bytes each time", async () => {
  await using layers = await ExportedLayers.onEmulator();
  const folders = (of: Tree) => [...of].filter(([name, { entry }]) => name !== "Files" && entry.kind === "directory").map(([name]) => name);
  // Which name of a file comes first depends on how the layers below spell it: those are another test's.
  const single = (of: Tree): Tree => new Map([...of].filter(([name, node]) => [...of].find(([, other]) => other === node)?.[0] === name));
  const chain = fc
    .tuple(tree, tree, tree.map(single))
    .chain(([base, middle, own]) => fc.tuple(fc.constant([base, middle, own] as const), fc.subarray(folders(own))));
  await fc.assert(
    fc
      .asyncProperty(chain, async ([[base, middle, own], opaque]) => {
        const hives = { kind: "directory", name: "Hives", times: { lastWrite: 0n } } as const;
        const order = (of: Tree) => entriesOf(of, [...of.keys()]);
        await layers.import("base", [], order(base));
        await layers.import("middle", ["base"], [hives, ...order(middle)]);
        const below = ["middle", "base"];
        const marks = opaque.map((name): LayerTarEntry => ({ kind: "opaque", name }));
        await layers.import("own", below, [hives, ...marks, ...order(own)]);
        const once = await layers.export("own", below);
        const found = (await readEntries(pieces(once))).filter(({ name }) => name !== "Hives");
        const gone = found.filter(({ kind }) => kind === "whiteout").map(({ name }) => foldName(name));
        expect(gone.sort()).toEqual(hiddenBy(opaque, shownWith(shownWith(new Map(), base), middle), own));
        const respelled = (entry: object) => ({ ...entry, name: "name" in entry ? foldName(String(entry.name)) : undefined });
        const sorted = (entries: readonly object[]) => entries.map(respelled).sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
        expect(sorted(found.filter(({ kind }) => kind !== "whiteout"))).toEqual(sorted(order(own)));
        await layers.import("copy", below, once);
        expect((await layers.export("copy", below)).equals(once)).toBe(true);
        await layers.commit("direct", "own", below);
        expect((await layers.export("direct", below)).equals(once)).toBe(true);
      })
      .afterEach(() => layers.removeAll()),
    { numRuns: 20, endOnFailure: true },
  );
});
