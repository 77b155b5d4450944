import { FailedPreconditionError, NotFoundError, PermissionDeniedError } from "@oriel/contracts";
import { afterEach, describe, expect, it, vi } from "vitest";
import { each, noteEvents, prints, stubborn, type TestEngine, testEngine, textOf, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

describe("create", () => {
  it("takes over what the image sets, and gives a name and a hostname", async () => {
    test = await testEngine();
    const id = await test.create({ config: { Labels: { mine: "1" }, Env: ["A=1"] } });
    const record = await test.engine.containers.inspect(id);
    expect(record.id).toMatch(/^[0-9a-f]{64}$/);
    expect(record.name).toMatch(/^[a-z]+_[a-z]+\d*$/);
    expect([record.path, ...record.args]).toEqual(["cmd.exe", "/c", "ver"]);
    expect(record.config).toMatchObject({ Hostname: id.slice(0, 12), Labels: { from: "image", mine: "1" }, Image: "oriel/nano" });
    expect(record.config.Env).toEqual(["A=1", "PATH=C:\\Windows"]);
    expect(record.state).toMatchObject({ status: "created", pid: 0, exitCode: 0, error: "", startedAt: undefined });
    expect(record.storage).toEqual({ name: "fake", data: { dir: `/fake/scratches/${id}` } });
  });

  it("says in Docker's words that an image is not there", async () => {
    test = await testEngine();
    await expect(test.create({ config: { Image: "nosuch:1" } })).rejects.toThrow(
      expect.objectContaining({ code: "NotFound", message: "No such image: nosuch:1" }),
    );
  });

  it("says in Docker's words who has a name", async () => {
    test = await testEngine();
    const id = await test.create({ name: "/web" });
    await expect(test.create({ name: "web" })).rejects.toThrow(
      expect.objectContaining({
        code: "Conflict",
        message: `Conflict. The container name "/web" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
      }),
    );
    expect(await test.storage.listScratches()).toHaveLength(1);
  });

  it("gives a name to only one of two that ask for it at the same time", async () => {
    test = await testEngine();
    const results = await Promise.allSettled([test.create({ name: "web" }), test.create({ name: "web" })]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await test.storage.listScratches()).toHaveLength(1);
  });

  it.each(["", "a", "-web", "we b", "/", "//web", "wéb"])("refuses the name %j unless it is empty", async (name) => {
    test = await testEngine();
    const creating = test.create({ name });
    if (name === "") await expect(creating).resolves.toMatch(/^[0-9a-f]{64}$/);
    else await expect(creating).rejects.toThrow(`Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  });

  it("leaves nothing when the scratch cannot be made, and the name is free again", async () => {
    test = await testEngine();
    test.storage.before("createScratch", () => {
      throw new FailedPreconditionError("no room", { op: "scratch.create" });
    });
    await expect(test.create({ name: "web" })).rejects.toThrow("no room");
    expect(await test.engine.containers.list({ all: true })).toEqual([]);
    await expect(test.create({ name: "web" })).resolves.toBeDefined();
  });

  it("makes a container of an image whose layer storage has lost", async () => {
    test = await testEngine();
    const { chainId } = await test.images.get("oriel/nano");
    await test.storage.removeLayer(chainId);
    const id = await test.create();
    expect(await test.storage.getScratch(id)).toMatchObject({ parentChainId: chainId });
    await test.engine.containers.start(id);
    expect((await test.engine.containers.wait(id, "not-running")).exitCode).toBe(0);
  });

  it("asks storage once about the layers of an image", async () => {
    test = await testEngine();
    const before = test.storage.calls.length;
    const id = await test.create();
    const { chainId } = await test.images.get("oriel/nano");
    expect(test.storage.calls.slice(before)).toEqual([`getLayer ${chainId}`, `createScratch ${id}`]);
  });

  it("leaves nothing when the layers of its image cannot be had, and says why in one line", async () => {
    test = await testEngine();
    const failure = new FailedPreconditionError("the layer is gone", { op: "image.unpack", remedy: "load the image again" });
    vi.spyOn(test.images, "ensureLayers").mockRejectedValueOnce(failure);
    await expect(test.create({ name: "web" })).rejects.toBe(failure);
    expect(await test.storage.listScratches()).toEqual([]);
    await expect(test.create({ name: "web" })).resolves.toBeDefined();
  });

  it("keeps the image in use while its layers are unpacked", async () => {
    test = await testEngine();
    await test.storage.removeLayer((await test.images.get("oriel/nano")).chainId);
    let removing: unknown;
    test.storage.before("applyLayer", async () => {
      removing = await test.engine.images.remove("oriel/nano", { force: false }).catch((error: unknown) => error);
    });
    await test.create();
    expect(removing).toMatchObject({ code: "Conflict" });
  });

  it("is cut short while layers are unpacked when the engine closes", async () => {
    test = await testEngine();
    await test.storage.removeLayer((await test.images.get("oriel/nano")).chainId);
    let closing: Promise<unknown> | undefined;
    test.storage.before("applyLayer", () => {
      closing = test.engine.close();
    });
    await expect(test.create()).rejects.toMatchObject({ code: "Unavailable", message: "the engine is closing" });
    await closing;
    expect(await test.storage.listScratches()).toEqual([]);
  });

  it("shows a container only when it is whole", async () => {
    test = await testEngine();
    let seen: unknown;
    test.storage.before("createScratch", async (id) => {
      seen = await test.engine.containers.list({ all: true });
      await expect(test.engine.containers.inspect(id)).rejects.toThrow(`No such container: ${id}`);
    });
    await test.create();
    expect(seen).toEqual([]);
  });

  it("tells the storage the size that the user wants", async () => {
    test = await testEngine();
    await expect(test.create({ hostConfig: { StorageOpt: { colour: "red" } } })).rejects.toThrow("storage option colour=red");
    await expect(test.create({ hostConfig: { StorageOpt: { size: "50GB" } } })).resolves.toBeDefined();
  });
});

describe("naming a container", () => {
  it("finds it by id, a beginning of it, and its name with or without slash", async () => {
    test = await testEngine();
    const id = await test.create({ name: "web" });
    for (const ref of [id, id.slice(0, 12), "web", "/web"]) expect((await test.engine.containers.inspect(ref)).id).toBe(id);
    await expect(test.engine.containers.inspect("nosuch")).rejects.toThrow(
      expect.objectContaining({ code: "NotFound", message: "No such container: nosuch" }),
    );
  });

  it("refuses a beginning that several ids have", async () => {
    test = await testEngine();
    for (let made = 0; made < 17; made += 1) await test.create();
    const records = await test.engine.containers.list({ all: true });
    const shared = "0123456789abcdef".split("").find((digit) => records.filter(({ id }) => id.startsWith(digit)).length > 1) ?? "";
    await expect(test.engine.containers.inspect(shared)).rejects.toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: `Multiple IDs found with provided prefix: ${shared}` }),
    );
  });

  it("finds it by its new name after a rename, and frees the old one", async () => {
    test = await testEngine();
    const id = await test.create({ name: "web" });
    const other = await test.create({ name: "db" });
    await expect(test.engine.containers.rename("web", "db")).rejects.toThrow(`already in use by container "${other}"`);
    await test.engine.containers.rename("web", "/front");
    expect((await test.engine.containers.inspect("front")).id).toBe(id);
    await expect(test.create({ name: "web" })).resolves.toBeDefined();
  });
});

describe("a run", () => {
  it("goes from created over running to exited, with its exit code, and gives everything back", async () => {
    test = await testEngine({ program: () => prints("hello\r\n", 7) });
    const { containers } = test.engine;
    const events = noteEvents(test.engine);
    const id = await test.create({ name: "web" });
    const next = containers.wait(id, "next-exit");
    expect(await containers.start(id)).toEqual({ changed: true });
    expect(await next).toEqual({ exitCode: 7, error: "" });
    const { state } = await containers.inspect(id);
    expect(state).toMatchObject({ status: "exited", exitCode: 7, pid: 0, error: "" });
    expect(state.startedAt?.getTime()).toBeGreaterThan(0);
    expect(state.finishedAt).toBeInstanceOf(Date);
    expect(test.runtime.live).toEqual([]);
    expect(test.storage.mounts.get(id)).toBe(0);
    expect(await textOf(each((await containers.logs(id, { stdout: true, stderr: true })).batches))).toEqual({
      stdout: "hello\r\n",
      stderr: "",
    });
    await test.engine.close();
    expect(events.actions()).toEqual(["create", "start", "die"]);
    expect(events.seen.at(-1)?.actor).toMatchObject({ id, attributes: { name: "web", image: "oriel/nano", exitCode: "7", from: "image" } });
  });

  it("mounts the scratch before the runtime makes the container, from the spec that its options ask for", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({ config: { Env: ["A=1"], WorkingDir: "C:\\work" }, hostConfig: { Memory: 512 * 1024 * 1024 } });
    let mounts = 0;
    test.runtime.before("create", () => {
      mounts = test.storage.mounts.get(id) ?? 0;
    });
    await test.engine.containers.start(id);
    expect(mounts).toBe(1);
    const spec = test.runtime.specOf(id);
    expect(spec?.process).toMatchObject({ args: ["cmd.exe", "/c", "ver"], cwd: "C:\\work", env: ["A=1", "PATH=C:\\Windows"] });
    expect(spec?.root?.path).toMatch(/^\\\\\?\\Volume\{/);
    expect(spec?.windows?.layerFolders.at(-1)).toBe(`/fake/scratches/${id}`);
    expect(spec?.windows?.resources?.memory?.limit).toBe(512 * 1024 * 1024);
    expect(spec?.hostname).toBe(id.slice(0, 12));
  });

  it("can be had again, and the log goes on", async () => {
    let run = 0;
    test = await testEngine({ program: () => prints(`run ${++run}\n`) });
    const { containers } = test.engine;
    const id = await test.create();
    for (const _ of [1, 2]) {
      const ended = containers.wait(id, "next-exit");
      await containers.start(id);
      await ended;
    }
    expect((await textOf(each((await containers.logs(id, { stdout: true, stderr: true })).batches))).stdout).toBe("run 1\nrun 2\n");
    expect(test.runtime.live).toEqual([]);
    expect(test.storage.mounts.get(id)).toBe(0);
  });

  it("is begun once, however often it is asked for at the same time", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create();
    const results = await Promise.all([1, 2, 3].map(() => test.engine.containers.start(id)));
    expect(results.filter(({ changed }) => changed)).toHaveLength(1);
    expect(test.runtime.calls.filter((call) => call.startsWith("start"))).toHaveLength(1);
  });

  it("shows a running process's id, and counts it in the engine's info", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create();
    await test.engine.containers.start(id);
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "running", pid: 1004 });
    expect(await test.engine.info()).toMatchObject({
      containers: { total: 1, running: 1, paused: 0, stopped: 0 },
      images: 1,
      name: "testhost",
      runtime: "fake",
    });
  });

  it("does not hold up listing and inspecting while the runtime hangs", async () => {
    test = await testEngine();
    const id = await test.create();
    let release = (): void => {};
    test.runtime.before(
      "create",
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const starting = test.engine.containers.start(id);
    while (test.runtime.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await test.engine.containers.inspect(id)).state.status).toBe("created");
    expect(await test.engine.containers.list({ all: true })).toHaveLength(1);
    const other = await test.create();
    await test.engine.containers.start(other);
    release();
    await starting;
  });

  it("resizes the terminal while it runs, and only then", async () => {
    test = await testEngine({ program: () => stubborn });
    const { containers } = test.engine;
    const id = await test.create({ config: { Tty: true } });
    await expect(containers.resize(id, { height: 24, width: 80 })).rejects.toThrow(expect.objectContaining({ code: "Conflict" }));
    await containers.start(id);
    await containers.resize(id, { height: 24, width: 80 });
    expect(test.runtime.sizes).toEqual([{ height: 24, width: 80 }]);
  });
});

describe("a container with Hyper-V isolation", () => {
  it("runs on a scratch that the host has not mounted", async () => {
    test = await testEngine({ program: () => waits });
    const id = await test.create({ hostConfig: { Isolation: "hyperv" } });
    await test.engine.containers.start(id);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("running");
    expect(test.storage.mounts.get(id) ?? 0).toBe(0);
    await test.engine.containers.stop(id);
    await test.engine.containers.remove(id);
    expect(await test.storage.listScratches()).toEqual([]);
  });
});

describe("a start that fails", () => {
  const failure = new NotFoundError("nosuch.exe: The system cannot find the file specified.", { op: "process.create" });

  it.each(["create", "start"] as const)("in the runtime's %s leaves nothing behind and says why", async (method) => {
    test = await testEngine();
    const id = await test.create();
    test.runtime.before(method, () => {
      throw failure;
    });
    await expect(test.engine.containers.start(id)).rejects.toThrow(failure.message);
    expect(test.runtime.live).toEqual([]);
    expect(test.storage.mounts.get(id)).toBe(0);
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({
      status: "created",
      exitCode: 127,
      error: failure.message,
      pid: 0,
    });
    await test.engine.containers.start(id);
    expect((await test.engine.containers.wait(id, "not-running")).exitCode).toBe(0);
  });

  it.each([
    new FailedPreconditionError("The system cannot find the file specified. (0x2)", { op: "hcs::CreateComputeSystem" }),
    new NotFoundError("there is no layer", { op: "ActivateLayer" }),
    new PermissionDeniedError("Access is denied. (0x5)", { op: "hcs::CreateComputeSystem" }),
  ])("for want of something other than the program has exit code 128, not 127 or 126: %s", async (missing) => {
    test = await testEngine();
    const id = await test.create();
    test.runtime.before("create", () => {
      throw missing;
    });
    await expect(test.engine.containers.start(id)).rejects.toBe(missing);
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "created", exitCode: 128 });
  });

  it.each(["mountScratch", "layerFolders"] as const)("in the storage's %s leaves nothing behind", async (method) => {
    test = await testEngine();
    const id = await test.create();
    test.storage.before(method, () => {
      throw new FailedPreconditionError("disk gone", { op: "scratch.mount" });
    });
    await expect(test.engine.containers.start(id)).rejects.toThrow("disk gone");
    expect(test.storage.mounts.get(id)).toBe(0);
    expect(test.runtime.calls).toEqual([]);
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "created", exitCode: 128, error: "disk gone" });
  });

  it("for want of its disk says where that was made: another storage may have it", async () => {
    test = await testEngine();
    const id = await test.create({ name: "web" });
    await test.storage.removeScratch(id);
    const message = `the storage "fake" does not have the disk of container web, which was made in /fake/scratches/${id}`;
    await expect(test.engine.containers.start(id)).rejects.toMatchObject({ code: "FailedPrecondition", message });
    expect((await test.engine.containers.inspect(id)).state).toMatchObject({ status: "created", exitCode: 128, error: message });
  });

  it("ends what an attached client waits for", async () => {
    test = await testEngine();
    const id = await test.create();
    const { output } = await test.engine.containers.attach(id, { stdin: false, stdout: true, stderr: true, stream: true });
    test.runtime.before("start", () => {
      throw failure;
    });
    await expect(test.engine.containers.start(id)).rejects.toThrow();
    expect(await textOf(output)).toEqual({ stdout: "", stderr: "" });
  });

  it("removes a container that is to be removed by itself", async () => {
    test = await testEngine();
    const id = await test.create({ hostConfig: { AutoRemove: true } });
    const removed = test.engine.containers.wait(id, "removed");
    test.runtime.before("start", () => {
      throw failure;
    });
    await expect(test.engine.containers.start(id)).rejects.toThrow();
    expect(await removed).toEqual({ exitCode: 127, error: failure.message });
  });
});

describe("the end of a run", () => {
  it("is recorded whatever cleaning up fails with, and the next start begins with what was left", async () => {
    test = await testEngine();
    const id = await test.create();
    test.storage.before("unmountScratch", () => {
      throw new FailedPreconditionError("device busy", { op: "scratch.unmount" });
    });
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    expect((await ended).exitCode).toBe(0);
    expect((await test.engine.containers.inspect(id)).state.status).toBe("exited");
    expect(test.storage.mounts.get(id)).toBe(1);
    const again = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await again;
    expect(test.storage.mounts.get(id)).toBe(0);
  });

  it("keeps the files mounted while the runtime holds on to the container, and tries again before it is removed", async () => {
    test = await testEngine();
    const id = await test.create();
    test.runtime.before("delete", () => {
      throw new FailedPreconditionError("HCS does not answer", { op: "runtime.delete" });
    });
    const ended = test.engine.containers.wait(id, "next-exit");
    await test.engine.containers.start(id);
    await ended;
    expect(test.runtime.live).toEqual([id]);
    expect(test.storage.mounts.get(id)).toBe(1);
    await test.engine.containers.remove(id);
    expect(test.runtime.live).toEqual([]);
    expect(await test.storage.listScratches()).toEqual([]);
  });
});
