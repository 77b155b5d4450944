import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noteEvents, stubborn, type TestEngine, testEngine } from "./test-engine.ts";

let test: TestEngine;
let ids: { web: string; db: string; old: string };
beforeEach(async () => {
  test = await testEngine({ program: ({ args }) => (args?.includes("seven") ? async () => 7 : stubborn) });
  const old = await test.create({ name: "old", config: { Cmd: ["seven"], Labels: { tier: "x" } } });
  const ended = test.engine.containers.wait(old, "next-exit");
  await test.engine.containers.start(old);
  await ended;
  const db = await test.create({ name: "db-1", config: { Labels: { tier: "data" } } });
  const web = await test.create({ name: "web-1", config: { Labels: { tier: "front", public: "" } } });
  await test.engine.containers.start(web);
  ids = { web, db, old };
});
afterEach(() => test.dispose());

const names = async (request: Parameters<TestEngine["engine"]["containers"]["list"]>[0]): Promise<string[]> =>
  (await test.engine.containers.list(request)).map(({ name }) => name);

describe("listing containers", () => {
  it("shows those that run, and with all the others too, newest first", async () => {
    expect(await names(undefined)).toEqual(["web-1"]);
    expect(await names({ all: true })).toEqual(["web-1", "db-1", "old"]);
    expect(await names({ limit: 2 })).toEqual(["web-1", "db-1"]);
  });

  it.each([
    ["name", ["1"], ["web-1", "db-1"]],
    ["name", ["^/db-1$"], ["db-1"]],
    ["name", ["^db"], ["db-1"]],
    ["label", ["tier"], ["web-1", "db-1", "old"]],
    ["label", ["tier=data"], ["db-1"]],
    ["label", ["tier", "public"], ["web-1"]],
    ["label", ["toString"], []],
    ["label", ["from=image"], ["web-1", "db-1", "old"]],
    ["status", ["created", "exited"], ["db-1", "old"]],
    ["exited", ["7"], ["old"]],
    ["exited", ["0"], []],
    ["ancestor", ["oriel/nano"], ["web-1", "db-1", "old"]],
    ["ancestor", ["oriel/nano:latest"], ["web-1", "db-1", "old"]],
    ["ancestor", ["other"], []],
    ["before", ["web-1"], ["db-1", "old"]],
    ["since", ["db-1"], ["web-1"]],
    ["name", [], ["web-1", "db-1", "old"]],
  ])("with %s=%j finds %j", async (filter, values, expected) => {
    expect(await names({ all: true, filters: { [filter]: values } })).toEqual(expected);
  });

  it("finds by a beginning of the id, and only what all filters fit", async () => {
    expect(await names({ all: true, filters: { id: [ids.old.slice(0, 20), ids.db] } })).toEqual(["db-1", "old"]);
    expect(await names({ all: true, filters: { id: [ids.old], label: ["tier=data"] } })).toEqual([]);
  });

  it("shows containers that do not run when the filter is about them", async () => {
    expect(await names({ filters: { status: ["exited"] } })).toEqual(["old"]);
    expect(await names({ filters: { label: ["tier"] } })).toEqual(["web-1"]);
  });

  it.each([
    [{ colour: ["red"] }, "InvalidArgument", "invalid filter 'colour'"],
    [{ status: ["asleep"] }, "InvalidArgument", "invalid filter 'status=asleep'"],
    [{ exited: ["seven"] }, "InvalidArgument", "invalid filter 'exited=seven'"],
    [{ name: ["("] }, "InvalidArgument", "invalid filter 'name=('"],
    [{ before: ["nosuch"] }, "NotFound", "No such container: nosuch"],
  ] as const)("refuses %j", async (filters, code, message) => {
    await expect(test.engine.containers.list({ filters })).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

describe("the image that a list shows", () => {
  const shown = async () => (await test.engine.containers.list({ all: true, limit: 1 })).map(({ imageName }) => imageName);

  it("is the name given at create, and the id once the name means another image or none", async () => {
    expect(await shown()).toEqual(["oriel/nano"]);
    const { imageId } = await test.engine.containers.inspect("web-1");
    const other = await test.engine.containers.commit("old", { reference: "oriel/nano:latest" });
    expect(other.id).not.toBe(imageId);
    expect(await shown()).toEqual([imageId]);
    expect((await test.engine.containers.inspect("web-1")).config.Image).toBe("oriel/nano");
    await test.engine.images.remove("oriel/nano:latest", { force: true });
    expect(await shown()).toEqual([imageId]);
  });
});

describe("images through the engine", () => {
  it("are not removed while a container stands on them, and tell what happens to them", async () => {
    const events = noteEvents(test.engine);
    await expect(test.engine.images.remove("oriel/nano", { force: false })).rejects.toThrow(expect.objectContaining({ code: "Conflict" }));
    await test.engine.images.tag("oriel/nano", "mine:1");
    await test.engine.images.load({
      archive: (async function* () {
        yield Buffer.from('[{"tags":["other:1"]}]');
      })(),
    });
    expect(await test.engine.images.remove("mine:1", { force: false })).toEqual({ untagged: ["mine:1"], deleted: [] });
    const { deleted } = await test.engine.images.remove("other:1", { force: false });
    expect(deleted).toHaveLength(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.seen.map(({ type, action, actor }) => [type, action, actor.attributes.name])).toEqual([
      ["image", "tag", "mine:1"],
      ["image", "load", "other:1"],
      ["image", "untag", "mine:1"],
      ["image", "untag", "other:1"],
      ["image", "delete", deleted[0]],
    ]);
    const { id } = await test.engine.images.get("oriel/nano");
    expect(events.seen[0]?.actor.id).toBe(id);
  });
});
