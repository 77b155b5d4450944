// The image that is unpacked: one layer of many files with Windows' metadata, as a tar and as an archive for `ctr image import`.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { writeLayerTar } from "../../packages/layer-tar/src/index.ts";
import { encodeTarHeader } from "../../packages/layer-tar/src/tar/tar-header.ts";

const folders = 100;

/** Sizes between a twentieth and twice the middle, and the same each time. */
function sizeOf(index, middle) {
  return Math.round(middle * (0.05 + ((index * 7919) % 1000) / 526));
}

function* entries({ files, bytes }) {
  const noise = Buffer.alloc(4 * 1024 * 1024);
  for (let at = 0, state = 1; at < noise.length; at += 4) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    noise.writeUInt32LE(state, at);
  }
  // Self-relative: owner and group, no list; as large as a common one.
  const securityDescriptor = Buffer.concat([
    Buffer.from("01000080140000002400000000000000000000000102000000000005200000002002000001020000000000052000000020020000", "hex"),
    Buffer.alloc(68),
  ]);
  const times = (index) => ({
    lastWrite: 1_600_000_000_000_000_000n + BigInt(index) * 1_000_000_100n,
    creation: 1_500_000_000_000_000_000n,
  });
  const folder = (name) => ({ kind: "directory", name, times: times(0), attributes: 0x10, securityDescriptor });
  yield folder("Files");
  yield folder("Hives");
  for (let index = 0; index < files; index += 1) {
    const within = `Files/folder ${Math.floor(index / (files / folders))}`;
    if (index % (files / folders) === 0) yield folder(within);
    const size = sizeOf(index, bytes / files);
    const content = [];
    for (let at = 0; at < size; at += noise.length) content.push(noise.subarray(0, Math.min(noise.length, size - at)));
    yield { kind: "file", name: `${within}/file ${index}.dll`, times: times(index), attributes: 0x20, securityDescriptor, size, content };
  }
}

/** Writes the layer as `layer.tar` and the archive as `image.tar`, and returns where they are. */
export async function makeImage(folder, { files, bytes }) {
  const layer = path.join(folder, "layer.tar");
  await pipeline(Readable.from(writeLayerTar(entries({ files, bytes }))), createWriteStream(layer));
  const hash = createHash("sha256");
  for await (const piece of createReadStream(layer)) hash.update(piece);
  const digest = hash.digest("hex");
  const archive = (os) => makeArchive(path.join(folder, `${os}.tar`), os, layer, digest);
  return {
    layer,
    chainId: `sha256:${digest}`,
    bytes: (await stat(layer)).size,
    linux: await archive("linux"),
    windows: await archive("windows"),
  };
}

/** As `docker save` wrote it. The same layer for both systems: containerd on Linux unpacks images for Linux only. */
async function makeArchive(file, os, layer, digest) {
  const config = JSON.stringify({
    architecture: "amd64",
    os,
    ...(os === "windows" ? { "os.version": "10.0.20348.1" } : {}),
    config: { Cmd: ["cmd"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    history: [{ created_by: "bench" }],
  });
  const id = createHash("sha256").update(config).digest("hex");
  const manifest = JSON.stringify([{ Config: `${id}.json`, RepoTags: ["bench.local/image:latest"], Layers: [`${digest}/layer.tar`] }]);
  async function* pieces() {
    for (const [name, text] of [
      [`${id}.json`, config],
      ["manifest.json", manifest],
    ])
      yield* member(name, Buffer.byteLength(text), [Buffer.from(text)]);
    yield* member(`${digest}/layer.tar`, (await stat(layer)).size, createReadStream(layer, { highWaterMark: 1024 * 1024 }));
    yield Buffer.alloc(1024);
  }
  await pipeline(Readable.from(pieces()), createWriteStream(file));
  return file;
}

async function* member(name, size, content) {
  yield encodeTarHeader({ name, size, mode: 0o644, modified: 0, flag: "0", linkName: "" });
  yield* content;
  yield Buffer.alloc((512 - (size % 512)) % 512);
}
