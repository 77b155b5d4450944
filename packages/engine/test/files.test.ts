import { afterEach, describe, expect, it } from "vitest";
import { noteEvents, type TestEngine, testEngine, waits } from "./test-engine.ts";

let test: TestEngine;
afterEach(() => test.dispose());

/** An engine with a container that wrote a file, and ran. */
async function container(): Promise<string> {
  test = await testEngine({ program: () => waits });
  const id = await test.create({ name: "web" });
  test.storage.change(id, "app/new.txt", "12345");
  return id;
}

describe("what a container changed", () => {
  it("is told with its kind, while it does not run", async () => {
    const id = await container();
    const changes = await test.engine.containers.changes("web");
    expect(changes).toContainEqual({ path: "\\app\\new.txt", kind: "added" });
    await test.engine.containers.start(id);
    await expect(test.engine.containers.changes("web")).rejects.toMatchObject({
      code: "Conflict",
      message: "Windows does not support diff of a running container",
    });
  });

  it("is measured, also while it runs, alone and with its image", async () => {
    const id = await container();
    const layer = (await test.storage.getLayer((await test.images.get("oriel/nano")).chainId))?.size ?? 0;
    expect(layer).toBeGreaterThan(0);
    await test.engine.containers.start(id);
    expect(await test.engine.containers.size("web")).toEqual({ own: 5, total: 5 + layer });
  });
});

describe("what cannot be measured", () => {
  it("is left open and logged, and does not hide the rest", async () => {
    const id = await container();
    const failing = () => {
      throw new Error("the disk is broken");
    };
    for (const _ of [1, 2]) test.storage.before("scratchSize", failing);
    const { own, total } = await test.engine.containers.size(id);
    expect(own).toBeUndefined();
    expect(total).toBeGreaterThan(0);
    expect((await test.engine.diskUsage()).containers).toMatchObject([{ size: { own: undefined, total } }]);
    expect(test.log).toContain("warn: the size of a container could not be found out");
  });
});

describe("a commit", () => {
  it("makes an image of what a container changed, with its configuration", async () => {
    await container();
    const events = noteEvents(test.engine);
    const image = await test.engine.containers.commit("web", { author: "me", comment: "by hand", reference: "made:1" });
    expect(image).toMatchObject({
      tags: ["made:1"],
      config: { author: "me", config: { Cmd: ["cmd.exe", "/c", "ver"], Env: ["PATH=C:\\Windows"], Labels: { from: "image" } } },
    });
    expect(image.config.config).not.toHaveProperty("Image");
    expect(image.config.history?.at(-1)).toMatchObject({ created_by: "cmd.exe /c ver", comment: "by hand" });
    await expect.poll(events.actions).toEqual(["commit"]);
    expect(events.seen[0]?.actor.attributes).toMatchObject({ imageID: image.id, imageRef: "made:1", comment: "by hand" });
  });

  it("takes another configuration where one is given", async () => {
    await container();
    const { config, tags } = await test.engine.containers.commit("web", { config: { Cmd: ["other.exe"] } });
    expect([config.config, tags]).toEqual([{ Cmd: ["other.exe"], Env: ["PATH=C:\\Windows"], Labels: { from: "image" } }, []]);
  });

  it("is refused while the container runs, and keeps it from starting meanwhile", async () => {
    const id = await container();
    const order: string[] = [];
    test.storage.before("diff", () => void order.push("commit"));
    test.runtime.before("create", () => void order.push("start"));
    await Promise.all([test.engine.containers.commit(id), test.engine.containers.start(id)]);
    expect(order).toEqual(["commit", "start"]);
    await expect(test.engine.containers.commit(id)).rejects.toMatchObject({
      code: "Conflict",
      message: "windows does not support commit of a running container",
    });
  });
});

describe("the space that is taken up", () => {
  it("is told by image and container, each layer once", async () => {
    const id = await container();
    const nano = await test.images.get("oriel/nano");
    const layer = (await test.storage.getLayer(nano.chainId))?.size ?? 0;
    const usage = await test.engine.diskUsage();
    expect(usage).toMatchObject({
      layers: layer,
      images: [{ image: { id: nano.id }, shared: 0, containers: 1 }],
      containers: [{ container: { id }, size: { own: 5, total: 5 + layer } }],
    });
  });

  it("of layers that images share is said with each of them", async () => {
    const id = await container();
    const nano = await test.images.get("oriel/nano");
    const twin = JSON.stringify([{ tags: ["oriel/twin:1"], chainId: nano.chainId }]);
    await test.images.load({
      archive: (async function* () {
        yield Buffer.from(twin);
      })(),
    });
    const { layers, images } = await test.engine.diskUsage();
    expect(images.map(({ shared }) => shared)).toEqual([layers, layers]);
    await test.engine.containers.remove(id);
    expect((await test.engine.diskUsage()).containers).toEqual([]);
  });
});
