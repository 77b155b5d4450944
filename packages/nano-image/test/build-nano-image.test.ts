import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { buildNanoImage } from "../src/build-nano-image.ts";
import { listLayerContent, registryPaths, wineVersionPath } from "../src/layer-content.ts";
import { fakeWine, fakeWineTime } from "./fake-wine.ts";
import { type Member, readTar } from "./read-tar.ts";
import { temporaryFolder } from "./temporary-folder.ts";

interface Archive {
  readonly members: Member[];
  readonly config: { config: unknown; rootfs: { diff_ids: string[] } } & Record<string, unknown>;
  readonly manifest: { Config: string; RepoTags: string[]; Layers: string[] }[];
  readonly layer: Member[];
}

async function readArchive(file: string): Promise<Archive> {
  const members = readTar(await readFile(file));
  const find = (name: string | undefined): Buffer => {
    const member = members.find((each) => each.name === name);
    if (member === undefined) throw new Error(`the archive has no ${name}`);
    return member.content;
  };
  const manifest = JSON.parse(String(find("manifest.json")));
  return {
    members,
    manifest,
    config: JSON.parse(String(find(manifest[0].Config))),
    layer: readTar(find(manifest[0].Layers[0])),
  };
}

const digest = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

describe("the archive", () => {
  it("is one that docker load reads, and says what was built", async () => {
    const output = path.join(await temporaryFolder(), "nano.tar");
    const image = await buildNanoImage({ wine: await fakeWine(), output });
    const { members, manifest, config } = await readArchive(output);
    const id = image.imageId.replace("sha256:", "");
    const layer = `${image.layerDigest.replace("sha256:", "")}/layer.tar`;
    expect(manifest).toEqual([{ Config: `${id}.json`, RepoTags: ["oriel/nano:latest", "oriel/nano:10.0.20348.2113"], Layers: [layer] }]);
    expect(members.map((member) => member.name)).toEqual(["manifest.json", `${id}.json`, `${path.dirname(layer)}/`, layer]);
    expect(members.every((member) => member.time === fakeWineTime)).toBe(true);
    const [, configMember, , layerMember] = members;
    expect(digest(configMember?.content ?? Buffer.alloc(0))).toBe(image.imageId);
    expect(digest(layerMember?.content ?? Buffer.alloc(0))).toBe(image.layerDigest);
    expect(layerMember?.content.length).toBe(image.layerBytes);
    expect(config).toEqual({
      created: "2023-11-14T22:13:20.000Z",
      architecture: "amd64",
      os: "windows",
      "os.version": "10.0.20348.2113",
      config: { Env: ["Path=C:\\Windows\\system32;C:\\Windows"], Cmd: ["cmd.exe"] },
      rootfs: { type: "layers", diff_ids: [image.layerDigest] },
      history: [{ created: "2023-11-14T22:13:20.000Z", created_by: "oriel image build-base (wine-99.1 (Test))" }],
    });
    expect(image).toMatchObject({ wineVersion: "wine-99.1 (Test)", osVersion: "10.0.20348.2113" });
  });

  it("is the same bytes for the same Wine, on a path and in a stream", async () => {
    const folder = await temporaryFolder();
    const programs = { "kernelbase.dll": { scripts: ["HKLM { Software { K { val v = s 'x' } } }"] } };
    const [first, second] = [await fakeWine(programs), await fakeWine(programs)];
    const chunks: Buffer[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(Buffer.from(chunk));
        done();
      },
    });
    await buildNanoImage({ wine: first, output: path.join(folder, "a.tar") });
    await buildNanoImage({ wine: second, output: stream });
    expect(digest(Buffer.concat(chunks))).toBe(digest(await readFile(path.join(folder, "a.tar"))));
    expect(stream.writableFinished).toBe(true);
  });

  it("replaces an older one, and reports its progress to the end", async () => {
    const output = path.join(await temporaryFolder(), "nano.tar");
    const wine = await fakeWine();
    await buildNanoImage({ wine, output, osVersion: "10.0.17763.1" });
    const steps: string[] = [];
    let done = 0;
    const image = await buildNanoImage({
      wine,
      output,
      osVersion: "10.0.26100.1742",
      onProgress: ({ step, current }) => {
        if (steps.at(-1) !== step) {
          steps.push(step);
          done = 0;
        }
        if (current === undefined) return;
        expect(current, step).toBeGreaterThanOrEqual(done);
        done = current;
      },
    });
    expect(steps).toEqual(["reading", "measuring", "writing"]);
    expect(done).toBe((await stat(output)).size);
    expect((await readArchive(output)).config["os.version"]).toBe("10.0.26100.1742");
    expect(image.tags).toContain("oriel/nano:10.0.26100.1742");
    expect(await readdir(path.dirname(output))).toEqual(["nano.tar"]);
  });
});

describe("the layer", () => {
  it("has the programs asked for with all that they import, and nothing else of Wine", async () => {
    const output = path.join(await temporaryFolder(), "nano.tar");
    const wine = await fakeWine({
      "tool.exe": { imports: ["A.DLL", "api-ms-win-core-file-l1-1-0.dll"], delayed: ["late.dll"] },
      "a.dll": { imports: ["b.dll", "tool.exe"] },
      "b.dll": {},
      "late.dll": {},
      "other.exe": {},
    });
    const image = await buildNanoImage({ wine, output, tools: ["Tool"] });
    expect(image.files).toEqual([
      "a.dll",
      "b.dll",
      "cmd.exe",
      "conhost.exe",
      "mountmgr.sys",
      "nsiproxy.sys",
      "ntdll.dll",
      "services.exe",
      "tool.exe",
      "winedevice.exe",
    ]);
    const names = (await readArchive(output)).layer.map((member) => member.name);
    expect(names).toContain("Files/Windows/System32/tool.exe");
    expect(names).toContain("Files/Windows/System32/drivers/mountmgr.sys");
    expect(names).not.toContain("Files/Windows/System32/other.exe");
  });

  it("has every folder once, before what is in it", async () => {
    const output = path.join(await temporaryFolder(), "nano.tar");
    await buildNanoImage({ wine: await fakeWine(), output });
    const { layer } = await readArchive(output);
    const seen = new Set<string>();
    for (const { name } of layer) {
      const parent = path.posix.dirname(name);
      if (parent !== ".") expect(seen).toContain(parent);
      expect(seen).not.toContain(name);
      seen.add(name);
    }
    for (const name of [
      "Files/Users/ContainerAdministrator/AppData/Local/Temp",
      "Files/Windows/Temp",
      "Files/Program Files",
      "UtilityVM/Files/Windows/System32",
      ...["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"].map((hive) => `Files/Windows/System32/config/${hive}`),
      "UtilityVM/Files/EFI/Microsoft/Boot/BCD",
      ...Object.values(registryPaths).map((file) => `Files/${file}`),
    ]) {
      expect(seen).toContain(name);
    }
  });

  it("is in the order in which NTFS has names", () => {
    const registry = { system: "", user: "", userDefault: "", updateTimestamp: "" };
    const programs = ["ſ.dll", "ß.dll", "t.dll", "ı.dll"].map((source) => ({ source, size: 0 }));
    const names = [...listLayerContent({ programs, registry, wineVersion: "", time: 0 })].map(({ name }) => path.posix.basename(name));
    expect(names.filter((name) => name.endsWith(".dll"))).toEqual(["t.dll", "ß.dll", "ı.dll", "ſ.dll"]);
  });

  it("says which Wine it is for", async () => {
    const output = path.join(await temporaryFolder(), "nano.tar");
    await buildNanoImage({ wine: await fakeWine(), output });
    const { layer } = await readArchive(output);
    expect(String(layer.find(({ name }) => name === `Files/${wineVersionPath}`)?.content)).toBe("wine-99.1 (Test)\n");
  });
});

describe("tools", () => {
  it("that Wine only has placeholders of are left out, and told", async () => {
    const stub = `${String.fromCharCode(0)}stub:${String.fromCharCode(0)}`;
    const wine = await fakeWine({ "ping.exe": {}, "tasklist.exe": { imports: [], scripts: [stub] } });
    const image = await buildNanoImage({ wine, output: path.join(await temporaryFolder(), "nano.tar") });
    expect(image.files).toContain("ping.exe");
    expect(image.files).not.toContain("tasklist.exe");
    expect(image.skipped).toContainEqual({ name: "tasklist.exe", reason: "stub" });
    expect(image.skipped).toContainEqual({ name: "whoami.exe", reason: "missing" });
  });

  it.each(["nosuch", "../../../etc/passwd", ""])("that do not exist are refused by name: '%s'", async (tool) => {
    const output = path.join(await temporaryFolder(), "nano.tar");
    await expect(buildNanoImage({ wine: await fakeWine(), output, tools: ["cmd", tool] })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining(`have no '${tool}'`),
    });
  });
});

describe("a build that fails", () => {
  it("for a DLL that Wine lacks names it and its user, and leaves nothing", async () => {
    const folder = await temporaryFolder();
    const wine = await fakeWine({ "cmd.exe": { imports: ["gone.dll"] } });
    await expect(buildNanoImage({ wine, output: path.join(folder, "nano.tar") })).rejects.toMatchObject({
      code: "FailedPrecondition",
      message: expect.stringContaining("gone.dll (needed by cmd.exe)"),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("for a script that is malformed says so", async () => {
    const wine = await fakeWine({ "cmd.exe": { imports: ["ntdll.dll"], scripts: ["HKLM {"] } });
    await expect(buildNanoImage({ wine, output: path.join(await temporaryFolder(), "nano.tar") })).rejects.toThrow("registrar script");
  });

  it("because it was cancelled leaves nothing", async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    const build = buildNanoImage({
      wine: await fakeWine(),
      output: path.join(folder, "nano.tar"),
      signal: controller.signal,
      onProgress: ({ step }) => step === "writing" && controller.abort(new Error("enough")),
    });
    await expect(build).rejects.toThrow("enough");
    expect(await readdir(folder)).toEqual([]);
  });

  it("because the stream failed gives the stream's error", async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk full")) });
    await expect(buildNanoImage({ wine: await fakeWine(), output })).rejects.toThrow("disk full");
  });

  it.each(["10.0.20348", "6.1.7601.0", "10.0.x.1", ""])("for a version that is none names it: '%s'", async (osVersion) => {
    await expect(buildNanoImage({ wine: await fakeWine(), output: "unused.tar", osVersion })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining(`'${osVersion}' is no Windows version`),
    });
  });
});
