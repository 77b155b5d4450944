import { existsSync } from "node:fs";
import { link, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { noteEvents, prints, stubborn, type TestEngine, testEngine, waits } from "./test-engine.ts";

let test: TestEngine | undefined;

afterEach(async () => {
  await test?.dispose();
  test = undefined;
});

const dataOf = ({ root }: TestEngine, name: string): string => path.join(root, "volumes", name, "_data");

describe("a volume", () => {
  it("has a folder of its own, is known in whatever case, and is returned as it is when made again", async () => {
    test = await testEngine();
    const { volumes } = test.engine;
    const made = await volumes.create({ name: "Data", labels: { role: "db" } });
    expect(made).toEqual({ name: "data", createdAt: expect.any(Date), mountpoint: dataOf(test, "data"), labels: { role: "db" } });
    expect(await readdir(made.mountpoint)).toEqual([]);
    expect(await volumes.create({ name: "DATA", labels: { other: "1" }, driverOptions: { x: "y" } })).toEqual(made);
    expect(await volumes.inspect("dAtA")).toEqual(made);
    expect(await volumes.list()).toEqual([made]);
  });

  it("without a name has 64 hex digits and dockerd's label", async () => {
    test = await testEngine();
    const made = await test.engine.volumes.create({});
    expect([made.name, made.labels]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), { "com.docker.volume.anonymous": "" }]);
  });

  it.each([
    [{ name: "a" }, "create a: volume name is too short, names should be at least two alphanumeric characters"],
    [{ name: "Con" }, 'create con: volume name "con" cannot be a reserved word for Windows filenames'],
    [{ name: "con.txt" }, 'create con.txt: volume name "con.txt" begins with a reserved word for Windows filenames'],
    [{ name: "data." }, 'create data.: volume name "data." ends in a dot, which Windows does not keep'],
    [{ name: "x".repeat(256) }, "volume name has 256 characters, at most 255 are possible"],
    [{ name: "../up" }, "create ../up: invalid volume name"],
    [
      { name: "bad name" },
      'create bad name: "bad name" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
    ],
    [{ name: "ok1", driver: "nodriver" }, 'create ok1: error looking up volume plugin nodriver: plugin "nodriver" not found'],
    [{ name: "ok2", driverOptions: { x: "y" } }, "create ok2: options are not supported on this platform"],
  ])("is refused where it cannot be had: %j", async (request, message) => {
    test = await testEngine();
    const { volumes } = test.engine;
    await expect((async () => volumes.create(request))()).rejects.toThrow(message);
    expect(await volumes.list()).toEqual([]);
  });

  it("is not made over a folder that is no volume's, which stays untouched", async () => {
    test = await testEngine();
    const foreign = path.join(test.root, "volumes", "theirs");
    await mkdir(foreign, { recursive: true });
    await expect(test.engine.volumes.create({ name: "theirs" })).rejects.toMatchObject({ code: "Conflict" });
    test = test.crash();
    await test.engine.start();
    expect([existsSync(foreign), await readdir(path.dirname(foreign))]).toEqual([true, ["theirs"]]);
  });

  it("is removed with its files, unless a container has it", async () => {
    test = await testEngine();
    const { volumes, containers } = test.engine;
    const { mountpoint } = await volumes.create({ name: "data" });
    await writeFile(path.join(mountpoint, "a.txt"), "a");
    const id = await test.create({ hostConfig: { Binds: ["data:C:\\data"] } });
    await expect(volumes.remove("data")).rejects.toMatchObject({
      code: "Conflict",
      message: `remove data: volume is in use - [${id}]`,
    });
    await containers.remove(id, { volumes: true });
    await volumes.remove("DATA");
    expect(await readdir(path.join(test.root, "volumes"))).toEqual([]);
    await expect(volumes.remove("data")).rejects.toMatchObject({ code: "NotFound", message: "get data: no such volume" });
    await expect(volumes.remove("data", { force: true })).resolves.toBeUndefined();
  });

  it("that a crash left is there after it, with its labels and files", async () => {
    test = await testEngine();
    const made = await test.engine.volumes.create({ name: "data", labels: { a: "b" } });
    await writeFile(path.join(made.mountpoint, "a.txt"), "a");
    test = test.crash();
    await test.engine.start();
    expect(await test.engine.volumes.list()).toEqual([made]);
    expect(await readdir(made.mountpoint)).toEqual(["a.txt"]);
  });
});

describe("volumes", () => {
  it("are listed by filters", async () => {
    test = await testEngine();
    const { volumes } = test.engine;
    for (const name of ["web-1", "web-2", "db"]) await volumes.create({ name, labels: { name, ...(name === "db" ? { role: "db" } : {}) } });
    await test.create({ hostConfig: { Binds: ["db:C:\\data"] } });
    const named = async (filters: Record<string, string[]>) => (await volumes.list(filters)).map(({ name }) => name);
    expect(await named({})).toEqual(["db", "web-1", "web-2"]);
    expect(await named({ name: ["^web"] })).toEqual(["web-1", "web-2"]);
    expect(await named({ label: ["role"] })).toEqual(["db"]);
    expect(await named({ label: ["name=web-1"] })).toEqual(["web-1"]);
    expect(await named({ dangling: ["true"] })).toEqual(["web-1", "web-2"]);
    expect(await named({ dangling: ["0"] })).toEqual(["db"]);
    expect(await named({ driver: ["local"] })).toHaveLength(3);
    expect(await named({ driver: ["nfs"] })).toEqual([]);
    await expect(named({ size: ["1"] })).rejects.toThrow("invalid filter 'size'");
    await expect(named({ dangling: ["maybe"] })).rejects.toThrow("invalid filter 'dangling=[maybe]'");
  });

  it("are pruned: those that nobody has named, or all that no container has; with their bytes", async () => {
    test = await testEngine();
    const { volumes } = test.engine;
    const seen = noteEvents(test.engine);
    const anonymous = await volumes.create({});
    await writeFile(path.join(anonymous.mountpoint, "a"), "12345");
    await volumes.create({ name: "keep", labels: { keep: "1" } });
    await volumes.create({ name: "drop" });
    await test.create({ config: { Volumes: { "C:\\used": {} } } });
    expect(await volumes.prune()).toEqual({ removed: [anonymous.name], reclaimed: 5 });
    expect(await volumes.prune({ all: ["true"], "label!": ["keep"] })).toEqual({ removed: ["drop"], reclaimed: 0 });
    expect(await volumes.prune({ all: ["1"], label: ["keep=1"] })).toEqual({ removed: ["keep"], reclaimed: 0 });
    expect(await volumes.list()).toHaveLength(1);
    await expect(volumes.prune({ all: ["maybe"] })).rejects.toThrow("invalid filter 'all'");
    await expect(volumes.prune({ until: ["1h"] })).rejects.toThrow("invalid filter 'until'");
    expect(seen.seen.filter(({ action }) => action === "prune").map(({ actor }) => actor)).toEqual([
      { id: "", attributes: { reclaimed: "5" } },
      { id: "", attributes: { reclaimed: "0" } },
      { id: "", attributes: { reclaimed: "0" } },
    ]);
  });

  it("are part of the disk usage, a file with two names once", async () => {
    test = await testEngine();
    const { mountpoint } = await test.engine.volumes.create({ name: "data" });
    await mkdir(path.join(mountpoint, "sub"));
    await writeFile(path.join(mountpoint, "sub", "a"), "12345");
    await link(path.join(mountpoint, "sub", "a"), path.join(mountpoint, "b"));
    await test.create({ hostConfig: { Binds: ["data:C:\\data", "data:C:\\again"] } });
    expect((await test.engine.diskUsage()).volumes).toMatchObject([{ volume: { name: "data" }, size: 5, users: 1 }]);
  });
});

describe("a container", () => {
  it("gets its volumes made, by their names and without, and shows them in the order of their places", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({
      config: { Volumes: { "D:\\Own": {} } },
      hostConfig: { Binds: ["Data:C:\\Data:ro"], Mounts: [{ Type: "volume", Target: "C:\\more", VolumeOptions: { Labels: { a: "b" } } }] },
    });
    const { mounts } = await test.engine.containers.inspect(id);
    expect(mounts).toEqual([
      { type: "volume", source: dataOf(test, "data"), destination: "c:\\data", readOnly: true, volume: { name: "data" } },
      {
        type: "volume",
        source: expect.any(String),
        destination: "C:\\more",
        readOnly: false,
        volume: { name: expect.any(String), isAnonymous: true },
      },
      {
        type: "volume",
        source: expect.any(String),
        destination: "d:\\own",
        readOnly: false,
        volume: { name: expect.any(String), isAnonymous: true },
      },
    ]);
    const labels = new Map((await test.engine.volumes.list()).map((volume) => [volume.name, volume.labels]));
    expect(mounts.map(({ volume }) => labels.get(volume?.name ?? ""))).toEqual([
      undefined,
      { a: "b", "com.docker.volume.anonymous": "" },
      { "com.docker.volume.anonymous": "" },
    ]);
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.mounts).toEqual([
      { destination: "c:\\data", source: dataOf(test, "data"), options: ["ro"] },
      { destination: "C:\\more", source: mounts[1]?.source },
      { destination: "d:\\own", source: mounts[2]?.source },
    ]);
  });

  it("that cannot be made leaves no volume behind that was made for it", async () => {
    test = await testEngine();
    await test.engine.volumes.create({ name: "kept" });
    test.storage.before("createScratch", () => {
      throw new Error("no space");
    });
    const request = { config: { Volumes: { "C:\\anon": {} } }, hostConfig: { Binds: ["kept:C:\\a", "new:C:\\b"] } };
    await expect(test.create(request)).rejects.toThrow("no space");
    expect((await test.engine.volumes.list()).map(({ name }) => name)).toEqual(["kept"]);
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
  });

  it("whose creation a crash cut short leaves none that nobody has named", async () => {
    test = await testEngine();
    const reached = new Promise<void>((resolve) => {
      test?.storage.before("createScratch", () => {
        resolve();
        return new Promise(() => {});
      });
    });
    void test.create({ config: { Volumes: { "C:\\anon": {} } } }).catch(() => {});
    await reached;
    expect(await test.engine.volumes.list()).toHaveLength(1);
    test = test.crash();
    await test.engine.start();
    expect(await test.engine.volumes.list()).toEqual([]);
    expect(await readdir(path.join(test.root, "volumes"))).toEqual([]);
  });

  it("that is removed keeps its volumes, unless they are to go with it and nobody has named them", async () => {
    test = await testEngine();
    const { containers, volumes } = test.engine;
    const options = { config: { Volumes: { "C:\\anon": {} } }, hostConfig: { Binds: ["data:C:\\data"] } };
    await containers.remove(await test.create(options));
    expect(await volumes.list()).toHaveLength(2);
    await containers.remove(await test.create(options), { volumes: true });
    expect(await volumes.list()).toHaveLength(2);
    await containers.prune();
    expect(await volumes.list()).toHaveLength(2);
  });

  it("that a crash interrupts in its removal takes its volumes with it all the same", async () => {
    test = await testEngine();
    const id = await test.create({ config: { Volumes: { "C:\\anon": {} } } });
    const reached = new Promise<void>((resolve) => {
      test?.storage.before("removeScratch", () => {
        resolve();
        return new Promise(() => {});
      });
    });
    void test.engine.containers.remove(id, { volumes: true }).catch(() => {});
    await reached;
    test = test.crash();
    await test.engine.start();
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
    expect(await test.engine.volumes.list()).toEqual([]);
  });

  it("that removes itself takes the volumes with it that nobody has named", async () => {
    test = await testEngine({ program: () => prints("done") });
    const id = await test.create({ config: { Volumes: { "C:\\anon": {} } }, hostConfig: { AutoRemove: true, Binds: ["data:C:\\data"] } });
    const gone = test.engine.containers.wait(id, "removed");
    await test.engine.containers.start(id);
    await gone;
    expect((await test.engine.volumes.list()).map(({ name }) => name)).toEqual(["data"]);
  });

  it("reports its volumes with dockerd's attributes when it has them and when it has them no more", async () => {
    test = await testEngine({ program: () => waits });
    const { seen } = noteEvents(test.engine);
    const id = await test.create({ hostConfig: { Binds: ["data:C:\\data:ro"] } });
    await test.engine.containers.start(id);
    await test.engine.containers.stop(id);
    await test.engine.containers.remove(id);
    await test.engine.volumes.remove("data");
    expect(seen.filter(({ type }) => type === "volume").map(({ action, actor }) => [action, actor])).toEqual([
      ["create", { id: "data", attributes: { driver: "local" } }],
      [
        "mount",
        { id: "data", attributes: { driver: "local", container: id, destination: "c:\\data", "read/write": "false", propagation: "" } },
      ],
      ["unmount", { id: "data", attributes: { driver: "local", container: id } }],
      ["destroy", { id: "data", attributes: { driver: "local" } }],
    ]);
  });

  it("has a folder within a volume, and none that a link leads to outside of it", async () => {
    test = await testEngine({ program: () => stubborn });
    const { mountpoint } = await test.engine.volumes.create({ name: "data" });
    await mkdir(path.join(mountpoint, "sub", "deep"), { recursive: true });
    await symlink(test.root, path.join(mountpoint, "out"));
    const withSubpath = (Subpath: string) =>
      test?.create({ hostConfig: { Mounts: [{ Type: "volume", Source: "data", Target: "C:\\d", VolumeOptions: { Subpath } }] } }) ?? "";
    const id = await withSubpath("sub/deep");
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.mounts).toEqual([{ destination: "C:\\d", source: path.join(mountpoint, "sub", "deep") }]);
    await expect(test.engine.containers.start(await withSubpath("out"))).rejects.toThrow("it leads out of volume data");
    await expect(test.engine.containers.start(await withSubpath("none"))).rejects.toThrow("no such folder in volume data");
  });

  it("has no folder within a volume while a container that could put a link in its place runs", async () => {
    test = await testEngine({ program: () => stubborn });
    const { mountpoint } = await test.engine.volumes.create({ name: "data" });
    await mkdir(path.join(mountpoint, "sub", "deep"), { recursive: true });
    await mkdir(path.join(mountpoint, "ΑΣ"));
    const mount = (more: object) => ({ Mounts: [{ Type: "volume" as const, Source: "data", Target: "C:\\d", ...more }] });
    const within = async (Subpath: string) => (await test?.create({ hostConfig: mount({ VolumeOptions: { Subpath } }) })) ?? "";
    await test.create({ name: "whole", hostConfig: mount({}) });
    await test.create({ name: "reader", hostConfig: mount({ ReadOnly: true }) });
    for (const name of ["reader", await within("sub"), await within("sub")]) await test.engine.containers.start(name);
    await expect(test.engine.containers.start(await within("sub\\deep"))).rejects.toThrow(
      /^cannot mount folder sub\\deep of volume data: container \w+ can write to what it lies in$/,
    );
    await test.engine.containers.start(await within("ΑΣ"));
    await expect(test.engine.containers.start(await within("ασ\\deep"))).rejects.toThrow("can write to what it lies in");
    await test.engine.containers.start("whole");
    const id = await within("sub");
    await expect(test.engine.containers.start(id)).rejects.toThrow("container whole can write to what it lies in");
    await test.engine.containers.kill("whole");
    await test.engine.containers.start(id);
  });

  it("does not start without the folder of its volume", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({ hostConfig: { Binds: ["data:C:\\data"] } });
    await rm(path.join(test.root, "volumes", "data"), { recursive: true });
    await expect(test.engine.containers.start(id)).rejects.toThrow("the folder of volume data is gone");
  });
});

describe("what an image has at the place of a volume", () => {
  /** An image with two files in `C:\\Data`. */
  const makeImage = async ({ create, storage, engine }: TestEngine): Promise<void> => {
    const id = await create();
    storage.change(id, "Data/a.txt", "of the image");
    storage.change(id, "Data/sub/b.txt", "below");
    await engine.containers.commit(id, { reference: "filled" });
    await engine.containers.remove(id);
  };
  const filesOf = async (folder: string): Promise<string[]> => (await readdir(folder, { recursive: true })).sort();
  const whole = ["a.txt", "sub", path.join("sub", "b.txt")];

  it("is copied into a volume that is empty, and only into that", async () => {
    test = await testEngine();
    await makeImage(test);
    const { volumes } = test.engine;
    const { mountpoint } = await volumes.create({ name: "used" });
    await writeFile(path.join(mountpoint, "own.txt"), "own");
    for (const name of ["empty", "used"]) await test.create({ config: { Image: "filled" }, hostConfig: { Binds: [`${name}:c:\\DATA`] } });
    await test.create({ name: "anon", config: { Image: "filled", Volumes: { "C:\\data\\sub": {} } } });
    expect(await filesOf(dataOf(test, "empty"))).toEqual(whole);
    expect(await filesOf(mountpoint)).toEqual(["own.txt"]);
    expect(await filesOf((await test.engine.containers.inspect("anon")).mounts[0]?.source ?? "")).toEqual(["b.txt"]);
    expect(await readdir(path.join(test.root, "volumes", "empty"))).toEqual(["_data"]);
  });

  it("is not copied where the mount says so, to another drive, to a folder within, nor for the volumes of another container", async () => {
    test = await testEngine();
    await makeImage(test);
    const mount = (Source: string, more: object) => ({ Type: "volume" as const, Source, Target: "C:\\data", ...more });
    const { mountpoint } = await test.engine.volumes.create({ name: "within" });
    await mkdir(path.join(mountpoint, "sub"));
    const create = (hostConfig: object) => test?.create({ config: { Image: "filled" }, hostConfig });
    await create({ Mounts: [mount("no-copy", { VolumeOptions: { NoCopy: true } })] });
    await create({ Binds: ["drive:D:\\data"] });
    await create({ Mounts: [mount("within", { VolumeOptions: { Subpath: "sub" } })] });
    await test.create({ name: "source", hostConfig: { Binds: ["from:C:\\data"] } });
    await create({ VolumesFrom: ["source"] });
    for (const name of ["no-copy", "drive", "from"]) expect(await readdir(dataOf(test, name))).toEqual([]);
    expect(await readdir(path.join(mountpoint, "sub"))).toEqual([]);
  });

  it("is not there in part when the copy fails, or the daemon crashes in the midst of it", async () => {
    test = await testEngine();
    await makeImage(test);
    await test.engine.volumes.create({ name: "data" });
    const options = { config: { Image: "filled" }, hostConfig: { Binds: ["data:C:\\data"] } };
    test.storage.before("copyFolder", () => {
      throw new Error("no space");
    });
    await expect(test.create(options)).rejects.toThrow("no space");
    expect(await readdir(path.join(test.root, "volumes", "data"))).toEqual(["_data"]);
    const reached = new Promise<void>((resolve) => {
      test?.storage.before("copyFolder", () => {
        resolve();
        return new Promise(() => {});
      });
    });
    void test.create(options).catch(() => {});
    await reached;
    expect(await readdir(dataOf(test, "data"))).toEqual([]);
    test = test.crash();
    await test.engine.start();
    expect(await readdir(path.join(test.root, "volumes", "data"))).toEqual(["_data"]);
    await test.create(options);
    expect(await filesOf(dataOf(test, "data"))).toEqual(whole);
  });

  it("is copied once for two that are made at the same time, and both wait for it", async () => {
    test = await testEngine();
    await makeImage(test);
    const options = { config: { Image: "filled" }, hostConfig: { Binds: ["data:C:\\data"] } };
    await Promise.all([test.create(options), test.create(options)]);
    expect(await filesOf(dataOf(test, "data"))).toEqual(whole);
    expect(test.storage.calls.filter((call) => call.startsWith("copyFolder"))).toHaveLength(2);
  });

  it("ends with the engine, which leaves the volume empty", async () => {
    test = await testEngine();
    await makeImage(test);
    await test.engine.volumes.create({ name: "data" });
    const { engine } = test;
    test.storage.before("copyFolder", () => engine.beginClose());
    const creation = test.create({ config: { Image: "filled" }, hostConfig: { Binds: ["data:C:\\data"] } });
    await expect(creation).rejects.toMatchObject({ code: "Unavailable" });
    expect(await readdir(path.join(test.root, "volumes", "data"))).toEqual(["_data"]);
  });
});

describe("volumes from another container", () => {
  it("are those that it has, where the new one has nothing of its own, as writable as both say", async () => {
    test = await testEngine();
    await test.create({ name: "one", config: { Volumes: { "C:\\anon": {} } }, hostConfig: { Binds: ["aa:C:\\a", "bb:C:\\b:ro"] } });
    const { mounts: one } = await test.engine.containers.inspect("one");
    const mountsOf = async (VolumesFrom: string[], Binds: string[] = []) => {
      const id = await test?.create({ config: { Volumes: { "C:\\ANON": {} } }, hostConfig: { VolumesFrom, Binds } });
      return (await test?.engine.containers.inspect(id ?? ""))?.mounts.map(({ destination, volume, readOnly }) => [
        destination,
        volume?.name,
        readOnly,
      ]);
    };
    const anonymous = one.find(({ destination }) => destination === "c:\\anon")?.volume?.name;
    expect(await mountsOf(["one"], ["cc:c:\\A"])).toEqual([
      ["c:\\a", "cc", false],
      ["c:\\anon", anonymous, false],
      ["c:\\b", "bb", true],
    ]);
    expect(await mountsOf(["one:RO"])).toEqual([
      ["c:\\a", "aa", true],
      ["c:\\anon", anonymous, true],
      ["c:\\b", "bb", true],
    ]);
  });

  it("stay while one of them has them, in whatever order they are removed", async () => {
    test = await testEngine();
    const one = await test.create({ config: { Volumes: { "C:\\anon": {} } } });
    const two = await test.create({ hostConfig: { VolumesFrom: [one] } });
    await test.engine.containers.remove(one, { volumes: true });
    expect(await test.engine.volumes.list()).toHaveLength(1);
    await test.engine.containers.remove(two, { volumes: true });
    expect(await test.engine.volumes.list()).toEqual([]);
  });

  it.each([
    [["nosuch"], "No such container: nosuch"],
    [["one:z"], "invalid mode: z"],
    [[""], "volumes-from specification cannot be an empty string"],
  ])("are refused in dockerd's words: %j", async (VolumesFrom, message) => {
    test = await testEngine();
    await test.create({ name: "one" });
    await expect(test.create({ hostConfig: { VolumesFrom } })).rejects.toMatchObject({ code: "InvalidArgument", message });
  });
});
