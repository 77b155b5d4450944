import { InternalError } from "@oriel/contracts";
import { type BuiltImageArchive, imageArchive, inPieces, windowsLayerTar } from "@oriel/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "../local-store.ts";

const base = windowsLayerTar({ "base.txt": "base" });
const first = imageArchive({ images: [{ tags: ["first:1"], layers: [base, windowsLayerTar({ "1.txt": "1" })] }] });
const second = imageArchive({ images: [{ tags: ["second:1"], layers: [base, windowsLayerTar({ "2.txt": "2" })] }] });
const [baseChain = "", firstChain = ""] = first.images[0]?.chainIds ?? [];
const [, secondChain = ""] = second.images[0]?.chainIds ?? [];

/** A point that a test waits for, and one that it opens. */
function gate() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { open, opened };
}

describe("loads at the same time", () => {
  let local: LocalStore;
  beforeEach(async () => {
    local = await createLocalStore();
  });
  afterEach(() => local.dispose());

  const load = (built: BuiltImageArchive, signal?: AbortSignal) => local.store.load({ archive: inPieces(built.data), signal });
  const chains = async () => (await local.storage.listLayers()).map(({ chainId }) => chainId);
  const applied = (chainId: string) => local.storage.calls.filter((call) => call === `applyLayer ${chainId}`).length;

  /** Holds the next call of a method until `go` is opened. */
  const hold = (method: "applyLayer" | "removeLayer", fail?: Error) => {
    const reached = gate();
    const go = gate();
    local.storage.before(method, async () => {
      reached.open();
      await go.opened;
      if (fail !== undefined) throw fail;
    });
    return { reached: reached.opened, go: go.open };
  };

  it("unpack a layer that both bring once", async () => {
    const { reached, go } = hold("applyLayer");
    const loads = Promise.all([load(first), load(second)]);
    await reached;
    go();
    await loads;
    expect(applied(baseChain)).toBe(1);
    expect(await chains()).toEqual(expect.arrayContaining([baseChain, firstChain, secondChain]));
  });

  it("do not fail with each other", async () => {
    const { reached, go } = hold("applyLayer", new InternalError("out of luck", { op: "layer.apply" }));
    const failing = expect(load(first)).rejects.toThrow("out of luck");
    await reached;
    const good = load(second);
    go();
    await failing;
    await good;
    expect(await chains()).toEqual([baseChain, secondChain]);
    expect((await local.store.list()).flatMap(({ tags }) => tags)).toEqual(["second:1"]);
  });

  it("keep a layer that a failed one made while another builds on it", async () => {
    local.storage.before("applyLayer", () => undefined);
    const firstUpper = hold("applyLayer", new InternalError("out of luck", { op: "layer.apply" }));
    const failing = expect(load(first)).rejects.toThrow("out of luck");
    await firstUpper.reached;
    const secondUpper = hold("applyLayer");
    const good = load(second);
    await secondUpper.reached;
    firstUpper.go();
    await failing;
    expect(await chains()).toEqual([baseChain]);
    secondUpper.go();
    await good;
    expect(await chains()).toEqual([baseChain, secondChain]);
    expect(applied(baseChain)).toBe(1);
  });

  it("wait for a layer that is being removed, and make it again", async () => {
    await load(first);
    local.storage.before("removeLayer", () => undefined);
    const { reached, go } = hold("removeLayer");
    const removing = local.store.remove("first:1", { force: false, inUse: () => [] });
    await reached;
    const loading = load(second);
    go();
    expect((await removing).deleted).toContain(baseChain);
    await loading;
    expect(await chains()).toEqual([baseChain, secondChain]);
    expect(applied(baseChain)).toBe(2);
  });

  it("can be cut short while they wait for each other", async () => {
    const { reached, go } = hold("applyLayer");
    const holding = load(first);
    await reached;
    const controller = new AbortController();
    const waiting = expect(load(second, controller.signal)).rejects.toThrow("changed my mind");
    // Past its archive the second load waits for the base layer; the spool folder of each is there.
    await expect.poll(async () => (await local.content()).length).toBe(2);
    controller.abort(new Error("changed my mind"));
    await waiting;
    go();
    await holding;
    expect(await chains()).toEqual([baseChain, firstChain]);
  });

  it("keep a blob that one brings while another image with it is removed", async () => {
    await load(first);
    const loading = load(second);
    await local.store.remove("first:1", { force: false, inUse: () => [] });
    await loading;
    expect(await local.content()).toHaveLength(3);
    expect(await chains()).toEqual([baseChain, secondChain]);
  });
});
