/** Layers of different making, as tars: what others' tools write, what our own do, and what Windows has that other systems have not. */
import { execFile } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { link, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { type LayerTarEntry, readTar, writeLayerTar } from "../../../packages/layer-tar/src/index.ts";
import { isLongRun } from "../long-run.ts";
import { nanoArchive } from "../nano.ts";
import { directory, file, security, stream, time } from "./layer-entries.ts";

const run = promisify(execFile);

/** Tars of a layer and of those below it, base first. The last is the one in question. */
export type LayerMaking = (folder: string) => Promise<readonly string[]>;

const link_ = (kind: "symlink" | "mount-point", name: string, target: string, attributes: number): LayerTarEntry => ({
  kind,
  name,
  times: time(9),
  attributes,
  securityDescriptor: security(2),
  target,
});
const config = "Files/Windows/System32/config";
const hives = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];
const baseEntries: readonly LayerTarEntry[] = [
  directory("Files"),
  directory("Files/Windows", 2),
  directory("Files/Windows/System32", 3),
  directory(config, 4),
  ...hives.map((hive) => file(`${config}/${hive}`, `hive ${hive}`)),
];

async function write(folder: string, name: string, entries: Iterable<LayerTarEntry>): Promise<string> {
  const tar = path.join(folder, name);
  await pipeline(Readable.from(writeLayerTar(entries)), createWriteStream(tar));
  return tar;
}

/** The base layer of oriel/nano, as this machine's Wine makes it. */
export const ofNano: LayerMaking = async (folder) => {
  const target = path.join(folder, "nano.tar");
  let wanted: string | undefined;
  for (const pass of ["manifest", "layer"]) {
    for await (const { name, content } of readTar(createReadStream(await nanoArchive()), { tolerant: true })) {
      if (pass === "manifest" && name === "manifest.json") {
        const [image] = JSON.parse(await text(Readable.from(content))) as { Layers: string[] }[];
        wanted = image?.Layers[0];
      }
      if (pass === "layer" && name === wanted) await pipeline(Readable.from(content), createWriteStream(target));
    }
  }
  return [target];
};

/** By GNU tar, with the keys of Windows as PAX records: several runs, as each has the same records for all that it adds. */
export const ofGnuTar: LayerMaking = async (folder) => {
  const tree = path.join(folder, "gnu");
  const at = (name: string) => path.join(tree, name);
  const long = `Files/data/${"long ".repeat(30)}name/Ärger 日本語.txt`;
  for (const name of [config, path.dirname(long), "Files/data/empty folder"]) await mkdir(at(name), { recursive: true });
  for (const hive of hives) await writeFile(at(`${config}/${hive}`), `hive ${hive}`);
  await writeFile(at("Files/data/plain.txt"), "nothing is said of it\n");
  await writeFile(at("Files/data/hidden.txt"), "all is said of it\n");
  await writeFile(at("Files/data/hidden.txt:Zone.Identifier"), "[ZoneTransfer]\r\nZoneId=3\r\n");
  await writeFile(at("Files/data/large.bin"), Buffer.alloc(3_000_000, "large"));
  await writeFile(at("Files/data/empty"), "");
  await writeFile(at(long), "long");
  await link(at("Files/data/plain.txt"), at("Files/data/second name.txt"));
  await symlink("hidden.txt", at("Files/data/link.txt"));
  await utimes(at("Files/data/plain.txt"), 1_600_000_000.25, 1_600_000_000.125);
  const tar = path.join(folder, "gnu.tar");
  const sd = Buffer.from(security(3)).toString("base64");
  const add = async (records: Readonly<Record<string, string>>, ...names: readonly string[]): Promise<void> => {
    const options = Object.entries(records).map(([key, value]) => `--pax-option=${key}:=${value}`);
    await run("tar", ["--format=pax", "--warning=no-unknown-keyword", ...options, "-C", tree, "-rf", tar, ...names]);
  };
  await add({ "MSWINDOWS.fileattr": "16", "MSWINDOWS.rawsd": sd }, "--no-recursion", "Files", "Files/data", "Files/data/empty folder");
  await add({}, "Files/Windows");
  await add({}, "Files/data/plain.txt", "Files/data/second name.txt", "Files/data/large.bin", "Files/data/empty");
  await add({ "MSWINDOWS.fileattr": "1024" }, "Files/data/link.txt");
  await add(
    {
      "MSWINDOWS.fileattr": "35",
      "MSWINDOWS.rawsd": sd,
      "MSWINDOWS.xattr.$ORIEL": "AQID",
      "LIBARCHIVE.creationtime": "1500000000.1234567",
      atime: "1600000000.7654321",
    },
    "Files/data/hidden.txt",
  );
  await add({}, "Files/data/hidden.txt:Zone.Identifier");
  await add({ "MSWINDOWS.sd": "O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)" }, path.dirname(long));
  return [tar];
};

/** Takes away, in every way that there is, what a base has. */
export const ofWhiteouts: LayerMaking = async (folder) => [
  await write(folder, "below.tar", [
    ...baseEntries,
    directory("Files/kept"),
    file("Files/kept/kept.txt", "kept"),
    file("Files/kept/gone.txt", "gone"),
    file("Files/kept/Other Case.txt", "gone"),
    file("Files/kept/replaced.txt", "before"),
    directory("Files/gone"),
    directory("Files/gone/deep"),
    file("Files/gone/deep/file.txt", "gone"),
    directory("Files/opaque"),
    file("Files/opaque/one.txt", "hidden"),
    file("Files/opaque/both.txt", "hidden"),
    directory("Files/opaque/folder"),
    file("Files/opaque/folder/file.txt", "hidden"),
    directory("Files/opaque/shared"),
    file("Files/opaque/shared/below.txt", "hidden"),
    directory("Files/became a file"),
    file("Files/became a folder", "file"),
  ]),
  await write(folder, "whiteouts.tar", [
    directory("Files", 11),
    directory("Files/kept", 12),
    { kind: "whiteout", name: "Files/kept/gone.txt" },
    { kind: "whiteout", name: "Files/kept/OTHER CASE.TXT" },
    file("Files/kept/replaced.txt", "after", { attributes: 0x22 } as Partial<LayerTarEntry>),
    { kind: "whiteout", name: "Files/gone" },
    directory("Files/opaque", 13),
    { kind: "opaque", name: "Files/opaque" },
    file("Files/opaque/both.txt", "shown"),
    file("Files/opaque/new.txt", "shown"),
    directory("Files/opaque/shared", 14),
    file("Files/opaque/shared/above.txt", "shown"),
    { kind: "whiteout", name: "Files/became a file" },
    { kind: "whiteout", name: "Files/became a folder" },
    directory("Hives", 15),
  ]),
];

/** Everything that a file on NTFS can be beside bytes, on a base that has some of it. */
export const ofLinksAndStreams: LayerMaking = async (folder) => {
  const attributes = [
    { name: "$ORIEL.ONE", value: Buffer.from([1, 2, 0]) },
    { name: "$ORIEL.TWO", value: Buffer.alloc(300, 7) },
  ];
  const sparse = Buffer.concat([Buffer.alloc(1_000_000), Buffer.alloc(70_000, 1), Buffer.alloc(5_000_000)]);
  const rich = (area: string) => [
    directory(area, 5),
    file(`${area}/first.txt`, "several names"),
    { kind: "hardlink", name: `${area}/second.txt`, target: `${area}/first.txt` } as LayerTarEntry,
    directory(`${area}/folder`, 6, { attributes: 0x2012, extendedAttributes: attributes } as Partial<LayerTarEntry>),
    stream(`${area}/folder:of a folder`, "a directory has streams too"),
    { kind: "hardlink", name: `${area}/folder/third.txt`, target: `${area}/first.txt` } as LayerTarEntry,
    file(`${area}/all.txt`, "read-only, hidden", { attributes: 0x23, extendedAttributes: attributes } as Partial<LayerTarEntry>),
    stream(`${area}/all.txt:Zone.Identifier`, "[ZoneTransfer]\r\nZoneId=3\r\n"),
    stream(`${area}/all.txt:large`, Buffer.alloc(1_500_000, "stream")),
    stream(`${area}/all.txt:empty`, ""),
    file(`${area}/sparse.bin`, sparse, { attributes: 0x220 } as Partial<LayerTarEntry>),
    link_("symlink", `${area}/to a file`, "first.txt", 0x400),
    link_("symlink", `${area}/to a folder`, "folder", 0x410),
    link_("symlink", `${area}/up`, "..\\Windows\\System32", 0x410),
    link_("symlink", `${area}/nowhere`, "C:\\not there", 0x400),
    link_("symlink", `${area}/server`, "\\\\server\\share\\file", 0x400),
    link_("mount-point", `${area}/mounted`, "C:\\Windows", 0x410),
    link_("mount-point", `${area}/volume`, "\\\\?\\Volume{3f2504e0-4f89-11d3-9a0c-0305e82c3301}\\", 0x410),
  ];
  return [
    await write(folder, "rich-base.tar", [...baseEntries, ...rich("Files/below")]),
    await write(folder, "rich.tar", [directory("Files", 21), directory("Hives", 22), ...rich("Files/above")]),
  ];
};

/** Folders of {@link ofManyFiles}, of a thousand files each. */
export const manyFolders = isLongRun ? 50 : 10;

/** Many thousand files, each with a descriptor and times of its own. */
export const ofManyFiles: LayerMaking = async (folder) => {
  function* entries(): Generator<LayerTarEntry> {
    yield* baseEntries;
    for (let outer = 0; outer < manyFolders; outer += 1) {
      yield directory(`Files/${outer}`, outer);
      for (let inner = 0; inner < 1000; inner += 1) {
        yield file(`Files/${outer}/file ${inner}.txt`, `${outer}/${inner}`, { times: time(inner) } as Partial<LayerTarEntry>);
      }
    }
  }
  return [await write(folder, "many.tar", entries())];
};
