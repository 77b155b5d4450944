import { cp, link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { RawLayers, SnapshotInfo, SnapshotKind, SnapshotMount, Snapshotter } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A snapshotter on a folder of its own. */
export interface SnapshotterFixture {
  readonly snapshotter: Snapshotter;
  /** The host's layer functions, by which the suite mounts what `mounts` answers. */
  readonly layers: RawLayers;
  /** The folder that shows what a container would see as `C:\` on a scratch that is mounted. */
  shown(scratch: string, volumePath: string): Promise<string>;
  /** Writes a file of a mounted scratch as a container does. @default as any other file */
  readonly write?: (file: string, text: string) => Promise<void>;
  /** Names of all that lies where the folders of the snapshots do. */
  entries(): Promise<readonly string[]>;
  /** The snapshotter of a new process on the same folder, after the former was killed. */
  reopen(): Promise<Snapshotter>;
  /** Takes away what was made, mounts included. */
  dispose(): Promise<void>;
}

export interface SnapshotterContractOptions {
  /** Why the suite cannot run here; shown as its title. */
  readonly skip?: string | undefined;
}

/** A step of what happens to a file tree: below a mount, and below an ordinary folder to compare with. */
type Change = (root: string) => Promise<void>;

/** Layers that may lie below a snapshot. */
const MAX_BELOW = 127;

/**
 * The behaviour that every snapshotter must have: the cases of containerd's own suite for snapshotters
 * (core/snapshots/testsuite of https://github.com/containerd/containerd) as far as they make sense on Windows, the rules of its
 * metadata store, and what the port promises beyond them.
 */
export function snapshotterContract(
  name: string,
  create: () => Promise<SnapshotterFixture>,
  options: SnapshotterContractOptions = {},
): void {
  const title = options.skip === undefined ? `snapshotter: ${name}` : `snapshotter: ${name} (skipped: ${options.skip})`;
  describe.skipIf(options.skip !== undefined)(title, () => {
    let fixture: SnapshotterFixture;
    let snapshotter: Snapshotter;
    let work: string;
    beforeEach(async () => {
      fixture = await create();
      ({ snapshotter } = fixture);
      work = await mkdtemp(path.join(os.tmpdir(), "oriel-contract-"));
    });
    afterEach(async () => {
      await rm(work, { recursive: true, force: true });
      await fixture.dispose();
    });

    const prepare = (key: string, parent?: string, labels: Readonly<Record<string, string>> = {}) =>
      snapshotter.prepare({ key, labels, parent });
    const view = (key: string, parent?: string, labels: Readonly<Record<string, string>> = {}) => snapshotter.view({ key, labels, parent });
    /** A committed snapshot with these changes. */
    const layer = async (layerName: string, parent?: string, change?: Change, labels: Readonly<Record<string, string>> = {}) => {
      const mounts = await prepare(`${layerName}-key`, parent);
      if (change !== undefined) await mounted(mounts, change);
      await snapshotter.commit({ name: layerName, key: `${layerName}-key`, labels });
    };
    const walk = async (...filters: readonly string[]): Promise<readonly SnapshotInfo[]> => {
      const found: SnapshotInfo[] = [];
      for await (const info of snapshotter.walk(...filters)) found.push(info);
      return found;
    };
    const names = async (...filters: readonly string[]) => (await walk(...filters)).map((info) => info.name);
    /** Mounts as these say, and returns what the work does. */
    const mounted = <T>(mounts: readonly SnapshotMount[], use: (root: string) => Promise<T>): Promise<T> => withMount(fixture, mounts, use);
    const file =
      (fileName: string, text: string): Change =>
      async (root) => {
        await mkdir(path.dirname(path.join(root, fileName)), { recursive: true });
        await (fixture.write ?? writeFile)(path.join(root, fileName), text);
      };
    const treeOfView = async (parent: string) => {
      const tree = await mounted(await view(`${parent}-view`, parent), treeOf);
      await snapshotter.remove(`${parent}-view`);
      return tree;
    };
    /** Commits a layer for each change on that before it; each must show what an ordinary folder shows after the same changes. */
    const checkChain = async (...changes: readonly Change[]) => {
      let parent: string | undefined;
      for (const [index, change] of changes.entries()) {
        const layerName = `layer-${index}`;
        await layer(layerName, parent, change);
        await change(work);
        expect(await treeOfView(layerName), layerName).toEqual(await treeOf(work));
        parent = layerName;
      }
    };

    describe("the way of a snapshot", () => {
      it("goes from nothing to a layer, to another on that, and to a view of both", async () => {
        const first = steps(file("foo", "foo\n"), folder("a/b/c"));
        const second = steps(file("bar", "bar\n"), file("foo", "bar\n"), gone("a/b"));

        const preparing = await prepare("preparing");
        expect(preparing).not.toEqual([]);
        await mounted(preparing, first);
        await snapshotter.commit({ name: "committed", key: "preparing" });
        const committed = await snapshotter.stat("committed");
        expect(committed).toMatchObject({ name: "committed", kind: "committed", parent: undefined });
        await expect(snapshotter.stat("preparing")).rejects.toMatchObject({ code: "NotFound" });

        const next = await prepare("next", "committed");
        await first(work);
        await mounted(next, async (root) => {
          expect(await treeOf(root)).toEqual(await treeOf(work));
          await second(root);
        });
        expect(await snapshotter.stat("next")).toMatchObject({ kind: "active", parent: "committed" });
        await snapshotter.commit({ name: "committed-next", key: "next" });
        const both = await snapshotter.stat("committed-next");
        expect(both).toMatchObject({ kind: "committed", parent: "committed" });
        await expect(snapshotter.stat("next")).rejects.toMatchObject({ code: "NotFound" });
        expect(await walk()).toEqual([committed, both]);

        await second(work);
        expect(await mounted(await view("look", "committed-next"), treeOf)).toEqual(await treeOf(work));
        await snapshotter.remove("look");
        await expect(snapshotter.remove("committed")).rejects.toMatchObject({ code: "Conflict", message: expect.stringMatching(/remove/) });
        await snapshotter.remove("committed-next");
        await snapshotter.remove("committed");
        expect(await walk()).toEqual([]);
        expect(await fixture.entries()).toEqual([]);
      });

      it("shows an active one without a parent as that", async () => {
        await mounted(await prepare("preparing"), file("foo", "foo\n"));
        expect(await snapshotter.stat("preparing")).toMatchObject({ name: "preparing", kind: "active", parent: undefined });
      });

      it("knows parents of parents", async () => {
        await layer("a", undefined, file("foo", "foo\n"));
        await layer("b", "a", file("foo", "foo bar\n"));
        await layer("c", "b");
        const parents: (string | undefined)[] = [];
        for (let at: string | undefined = "c"; at !== undefined; ) {
          at = (await snapshotter.stat(at)).parent;
          parents.push(at);
        }
        expect(parents).toEqual(["b", "a", undefined]);
      });

      it("cannot lose what others stand on: a layer, an active snapshot, a view", async () => {
        await layer("base");
        await layer("intermediate", "base");
        await prepare("top", "intermediate");
        await expect(snapshotter.remove("intermediate")).rejects.toMatchObject({ code: "Conflict" });
        await snapshotter.remove("top");
        await view("look", "intermediate");
        await expect(snapshotter.remove("intermediate")).rejects.toMatchObject({ code: "Conflict" });
        await snapshotter.remove("look");
        await expect(snapshotter.remove("base")).rejects.toMatchObject({ code: "Conflict" });
        await snapshotter.remove("intermediate");
        await snapshotter.remove("base");
        expect(await fixture.entries()).toEqual([]);
      });

      it("ends with its name free for any other", async () => {
        await layer("committed");
        await prepare("reused", "committed");
        await snapshotter.remove("reused");
        await view("reused", "committed");
        await snapshotter.remove("reused");
        await prepare("reused");
        await snapshotter.remove("committed");
        await snapshotter.commit({ name: "committed", key: "reused" });
        expect(await names()).toEqual(["committed"]);
        await prepare("reused");
      });
    });

    describe("names and keys", () => {
      it("belong to one snapshot, whatever its kind", async () => {
        await layer("committed");
        await prepare("active", "committed");
        await view("look", "committed");
        await prepare("other", "committed");
        const before = await fixture.entries();
        for (const taken of ["committed", "active", "look"]) {
          await expect(prepare(taken, "committed"), taken).rejects.toMatchObject({ code: "AlreadyExists" });
          await expect(view(taken, "committed"), taken).rejects.toMatchObject({ code: "AlreadyExists" });
          await expect(snapshotter.commit({ name: taken, key: "other" }), taken).rejects.toMatchObject({ code: "AlreadyExists" });
        }
        await expect(snapshotter.commit({ name: "other", key: "other" })).rejects.toMatchObject({ code: "AlreadyExists" });
        expect(await names()).toEqual(["active", "committed", "look", "other"]);
        expect(await fixture.entries()).toEqual(before);
        // What was refused did no harm.
        await snapshotter.commit({ name: "made", key: "other" });
      });

      it("go to one of those who ask at once", async () => {
        await layer("committed");
        await Promise.all([prepare("a", "committed"), prepare("b", "committed")]);
        const asked = [
          [prepare("same", "committed"), prepare("same"), view("same", "committed")],
          [snapshotter.commit({ name: "made", key: "a" }), snapshotter.commit({ name: "made", key: "b" })],
        ];
        for (const calls of asked) {
          const refused = (await Promise.allSettled<unknown>(calls)).flatMap((result) =>
            result.status === "rejected" ? [result.reason] : [],
          );
          expect(refused).toEqual(calls.slice(1).map(() => expect.objectContaining({ code: "AlreadyExists" })));
        }
        expect(await names("name==made", "name==same")).toEqual(["made", "same"]);
      });

      it("can be any text but an empty one", async () => {
        const odd = ["a/b\\c:d*e?", "..", "__proto__", " with  spaces ", "quo\"ted'", "überall 漢字", "CON", "x".repeat(300)];
        for (const key of odd) await prepare(key);
        expect((await names()).sort()).toEqual([...odd].sort());
        for (const key of odd) expect(await snapshotter.stat(key)).toMatchObject({ name: key });
        for (const key of odd) await snapshotter.remove(key);
        await expect(prepare("")).rejects.toMatchObject({ code: "InvalidArgument" });
        await expect(view("")).rejects.toMatchObject({ code: "InvalidArgument" });
        await prepare("a");
        await expect(snapshotter.commit({ name: "", key: "a" })).rejects.toMatchObject({ code: "InvalidArgument" });
        expect(await fixture.entries()).toHaveLength(1);
      });

      it("that differ in case only are different ones", async () => {
        await mounted(await prepare("Key"), file("which", "upper"));
        await mounted(await prepare("key"), file("which", "lower"));
        expect(await mounted(await snapshotter.mounts("Key"), (root) => readFile(path.join(root, "which"), "utf8"))).toBe("upper");
      });

      it("of what is not there are NotFound", async () => {
        const calls = {
          stat: () => snapshotter.stat("missing"),
          update: () => snapshotter.update("missing", {}),
          usage: () => snapshotter.usage("missing"),
          mounts: () => snapshotter.mounts("missing"),
          commit: () => snapshotter.commit({ name: "made", key: "missing" }),
          remove: () => snapshotter.remove("missing"),
          "prepare on it": () => prepare("key", "missing"),
          "view of it": () => view("key", "missing"),
        };
        for (const [what, call] of Object.entries(calls)) await expect(call(), what).rejects.toMatchObject({ code: "NotFound" });
        expect(await walk()).toEqual([]);
        expect(await fixture.entries()).toEqual([]);
      });
    });

    describe("kinds", () => {
      beforeEach(async () => {
        await layer("committed");
        await prepare("active", "committed");
        await view("look", "committed");
      });

      it("say who can be committed: active ones only", async () => {
        for (const key of ["committed", "look"]) {
          await expect(snapshotter.commit({ name: "made", key }), key).rejects.toMatchObject({ code: "FailedPrecondition" });
        }
        expect(await names()).toEqual(["active", "committed", "look"]);
      });

      it("say what others can stand on: committed ones only", async () => {
        const before = await fixture.entries();
        for (const parent of ["active", "look"]) {
          await expect(prepare("other", parent), parent).rejects.toMatchObject({ code: "InvalidArgument" });
          await expect(view("other", parent), parent).rejects.toMatchObject({ code: "InvalidArgument" });
        }
        expect(await fixture.entries()).toEqual(before);
      });

      it("say what can be mounted: all but committed ones", async () => {
        await expect(snapshotter.mounts("committed")).rejects.toMatchObject({ code: "FailedPrecondition" });
        expect(await snapshotter.mounts("active")).toHaveLength(1);
        expect(await snapshotter.mounts("look")).toHaveLength(1);
      });
    });

    describe("labels and times", () => {
      /** Two committed, two active ones and two views, with and without a parent. */
      const everyKind: readonly (readonly [name: string, kind: SnapshotKind, parent: string | undefined])[] = [
        ["a1", "active", "c2"],
        ["a2", "active", undefined],
        ["c1", "committed", undefined],
        ["c2", "committed", "c1"],
        ["v1", "view", "c2"],
        ["v2", "view", undefined],
      ];
      const makeEveryKind = async () => {
        await layer("c1");
        await layer("c2", "c1");
        await Promise.all([prepare("a1", "c2"), prepare("a2"), view("v1", "c2"), view("v2")]);
      };

      it("are those of the moment it was made, and change by an update and nothing else", async () => {
        const before = Date.now();
        await makeEveryKind();
        const after = Date.now();
        for (const [each, kind, parent] of everyKind) {
          const made = await snapshotter.stat(each);
          expect(made).toMatchObject({ name: each, kind, parent, labels: {} });
          expect(made.createdAt.getTime() >= before && made.createdAt.getTime() <= after).toBe(true);
          expect(made.updatedAt).toEqual(made.createdAt);
          const labels = { l1: "v1", l2: "v2", l3: "v3", "containerd.io/gc.root": "now" };
          const updated = await snapshotter.update(each, labels);
          expect(updated).toMatchObject({ name: each, kind, parent, createdAt: made.createdAt });
          expect(updated.labels).toEqual(labels);
          expect(updated.updatedAt.getTime() >= after).toBe(true);
          expect(await snapshotter.stat(each)).toEqual(updated);
        }
      });

      it("are updated field by field: those that are named and no others", async () => {
        await makeEveryKind();
        for (const [each] of everyKind) {
          await snapshotter.update(each, { l1: "v1", l2: "v2", l3: "v3", "a.b/c": "d" });
          const one = await snapshotter.update(each, { l1: "updated", l4: "v4" }, ["labels.l1", "labels.l2"]);
          expect(one.labels).toEqual({ l1: "updated", l3: "v3", "a.b/c": "d" });
          const dotted = await snapshotter.update(each, { "a.b/c": "e", l1: "not named" }, ["labels.a.b/c"]);
          expect(dotted.labels).toEqual({ l1: "updated", l3: "v3", "a.b/c": "e" });
          const all = await snapshotter.update(each, { l4: "v4" }, ["labels"]);
          expect(all.labels).toEqual({ l4: "v4" });
          expect((await snapshotter.update(each, {})).labels).toEqual({});
        }
      });

      it("are all that can be updated; a field that cannot be takes nothing of the call", async () => {
        await prepare("a", undefined, { l: "1" });
        const before = await snapshotter.stat("a");
        for (const field of ["parent", "name", "kind", "created", "labels.", "label", ""]) {
          await expect(snapshotter.update("a", { l: "2" }, ["labels", field]), field).rejects.toMatchObject({ code: "InvalidArgument" });
        }
        expect(await snapshotter.stat("a")).toEqual(before);
      });

      it("of a committed snapshot are those of its commit, not those of its key", async () => {
        await prepare("key", undefined, { l: "1", of: "key" });
        await snapshotter.commit({ name: "a", key: "key", labels: { l: "2" } });
        expect((await snapshotter.stat("a")).labels).toEqual({ l: "2" });
        await prepare("key", "a", { l: "1" });
        await snapshotter.commit({ name: "b", key: "key" });
        expect((await snapshotter.stat("b")).labels).toEqual({});
      });

      it("may have any name, and are not there when they are empty", async () => {
        const labels = JSON.parse('{"__proto__":"p","constructor":"c","a.b":"d","with space":"e","":"f"}') as Record<string, string>;
        await prepare("a", undefined, { ...labels, none: "" });
        expect(Object.entries((await snapshotter.stat("a")).labels).sort()).toEqual(Object.entries(labels).sort());
        await view("v", undefined, labels);
        expect(Object.keys((await snapshotter.update("v", {}, ["labels.constructor"])).labels)).toHaveLength(4);
      });
    });

    describe("walk", () => {
      beforeEach(async () => {
        const root = { "containerd.io/gc.root": "check-walk" };
        await layer("p", undefined, undefined, root);
        await layer("p-wl", undefined, undefined, { ...root, l: "1" });
        await prepare("a-np", undefined, root);
        await prepare("a", "p", root);
        await view("v", "p", root);
        await prepare("a-wl", "p-wl", { ...root, l: "2" });
        await view("v-wl", "p-wl", { ...root, l: "3" });
        await prepare("a-np-wl", undefined, { ...root, l: "2" });
        await view("unmarked", "p", { 'odd."name': "x,y" });
      });

      const marked = 'labels."containerd.io/gc.root"==check-walk';
      it.each([
        [[marked], ["a", "a-np", "a-np-wl", "a-wl", "p", "p-wl", "v", "v-wl"]],
        [[`kind==active,${marked}`], ["a", "a-np", "a-np-wl", "a-wl"]],
        [[`kind==view,${marked}`], ["v", "v-wl"]],
        [[`kind==committed,${marked}`], ["p", "p-wl"]],
        [
          ["name==p", "name==a-np-wl"],
          ["a-np-wl", "p"],
        ],
        [["name==a-wl,labels.l"], ["a-wl"]],
        [["parent==p"], ["a", "unmarked", "v"]],
        [[`parent!="",${marked}`], ["a", "a-wl", "v", "v-wl"]],
        [["labels.l"], ["a-np-wl", "a-wl", "p-wl", "v-wl"]],
        [["labels.l==2"], ["a-np-wl", "a-wl"]],
        [["labels.l!=2,labels.l"], ["p-wl", "v-wl"]],
        [["name~=^a-np"], ["a-np", "a-np-wl"]],
        [["labels.l~=/^[13]$/"], ["p-wl", "v-wl"]],
        [['labels."odd.\\"name"=="x,y"'], ["unmarked"]],
        [["kind == active , parent == p"], ["a"]],
        [
          ["name==p", "name==p", "labels.l==1"],
          ["p", "p-wl"],
        ],
        [["name==missing"], []],
        [["parent==missing"], []],
        [
          ["name!=p", ""],
          ["a", "a-np", "a-np-wl", "a-wl", "p", "p-wl", "unmarked", "v", "v-wl"],
        ],
        [["unknown==x"], []],
        [[], ["a", "a-np", "a-np-wl", "a-wl", "p", "p-wl", "unmarked", "v", "v-wl"]],
      ] satisfies readonly (readonly [readonly string[], readonly string[]])[])(
        "with the filters %j finds %j",
        async (filters, expected) => {
          expect(await names(...filters)).toEqual(expected);
        },
      );

      it.each([["name="], ["=="], ["name==a,"], ['name=="a'], ["name~=/(/"], ["labels..l"]])(
        "with %j as a filter is InvalidArgument, and tells the filter",
        async (filter) => {
          await expect(names("name==p", filter)).rejects.toMatchObject({
            code: "InvalidArgument",
            message: expect.stringContaining(filter),
          });
        },
      );

      it("tells what stat tells, which can be asked meanwhile", async () => {
        let seen = 0;
        for await (const info of snapshotter.walk()) {
          expect(await snapshotter.stat(info.name)).toEqual(info);
          seen += 1;
        }
        expect(seen).toBe(9);
      });

      it("goes on while what it finds is updated, removed and made", async () => {
        for await (const info of snapshotter.walk("kind==active")) {
          await snapshotter.update(info.name, { seen: "yes" });
          await snapshotter.remove(info.name);
          await prepare(`z-${info.name}`);
        }
        expect((await names("kind==active")).every((each) => each.startsWith("z-"))).toBe(true);
      });

      it("can be left early", async () => {
        for await (const info of snapshotter.walk()) {
          expect(info.name).toBe("a");
          break;
        }
        await snapshotter.remove("a");
      });
    });

    describe("usage", () => {
      const large = "x".repeat(300_000);

      it("of a committed snapshot is what it adds to its parents, and stays as it was", async () => {
        await layer("base", undefined, file("large", large));
        const base = await snapshotter.usage("base");
        expect(base.size >= large.length && base.inodes >= 1).toBe(true);
        await layer("next", "base", steps(file("dir/small", "small"), file("dir/other", "other")));
        const next = await snapshotter.usage("next");
        expect(next.size >= 10 && next.size < large.length).toBe(true);
        expect(next.inodes >= 3).toBe(true);
        await prepare("top", "next");
        expect(await snapshotter.usage("base")).toEqual(base);
        expect(await snapshotter.usage("next")).toEqual(next);
      });

      it("of an active one is what is there now", async () => {
        const mounts = await prepare("a");
        const empty = await snapshotter.usage("a");
        await mounted(mounts, file("large", large));
        const full = await snapshotter.usage("a");
        expect([full.size - empty.size, full.inodes - empty.inodes]).toEqual([large.length, 1]);
        // A second name is not a second file.
        await mounted(mounts, linked("large", "second"));
        expect(await snapshotter.usage("a")).toEqual(full);
        await mounted(mounts, steps(gone("large"), gone("second")));
        expect(await snapshotter.usage("a")).toEqual(empty);
      });
    });

    describe("content", () => {
      it("of a file that a later layer writes is that of the later one", async () => {
        await checkChain(
          steps(file("etc/hosts", "mydomain 10.0.0.1"), file("etc/profile", "PATH=/usr/bin")),
          steps(
            file("etc/hosts", "mydomain 10.0.0.2"),
            file("etc/profile", "PATH=/usr/bin"),
            file("root/bashrc", "PATH=/usr/sbin:/usr/bin"),
          ),
          // As long, and perhaps within the same tick of the clock.
          file("etc/hosts", "mydomain 10.0.0.3"),
        );
      });

      it("of a folder that was removed and made again is what it got afterwards", async () => {
        await checkChain(
          file("lib/hidden", ""),
          steps(gone("lib"), file("lib/not-hidden", "")),
          file("lib/newfile", ""),
          steps(gone("lib"), file("lib", "a file now")),
          steps(gone("lib"), file("lib/hidden", "again")),
        );
      });

      it("that a layer removed is not there in those above", async () => {
        await checkChain(steps(file("foo", "foo\n"), file("foobar", "foobar\n")), gone("foobar"), async () => {});
      });

      it("that a layer moved is where it was moved to", async () => {
        await checkChain(
          steps(file("dir1/f1", "Hello"), file("dir2/f2", "...")),
          steps(file("dir3/f1", "Hello"), gone("dir1"), linked("dir2/f2", "dir3/f2"), gone("dir2/f2")),
          moved("dir3", "dir4"),
        );
      });

      it("that a layer renamed over another is there under the new name alone", async () => {
        await checkChain(
          steps(folder("dir1"), file("somefiles/f1", "was here first!"), file("somefiles/f2", "nothing interesting")),
          steps(
            moved("dir1", "dir2"),
            file("somefiles/f1-overwrite", "new content 1"),
            moved("somefiles/f1-overwrite", "somefiles/f1"),
            moved("somefiles/f2", "somefiles/f3"),
          ),
        );
      });

      it("of two on the same parent is each one's own, and the parent keeps its", async () => {
        await layer("base", undefined, file("shared", "as it was"));
        const [one, two] = await Promise.all([prepare("one", "base"), prepare("two", "base")]);
        await mounted(one, steps(file("shared", "one"), file("only", "one")));
        expect(await mounted(two, treeOf)).toEqual({ shared: "as it was" });
        await mounted(two, gone("shared"));
        await snapshotter.commit({ name: "two-made", key: "two" });
        expect(await treeOfView("two-made")).toEqual({});
        expect(await mounted(one, treeOf)).toEqual({ shared: "one", only: "one" });
        expect(await treeOfView("base")).toEqual({ shared: "as it was" });
      });

      it("of an active snapshot is there at each mount", async () => {
        await layer("base");
        const mounts = await prepare("a", "base");
        await mounted(mounts, file("first", "1"));
        await mounted(await snapshotter.mounts("a"), file("second", "2"));
        expect(await mounted(mounts, treeOf)).toEqual({ first: "1", second: "2" });
      });

      it("that is written into a view is gone with it, and nobody else sees it", async () => {
        await layer("base", undefined, file("a", "a"));
        const mounts = await view("look", "base");
        // Windows has no scratch that cannot be written: what counts is that nothing comes of it.
        await mounted(mounts, steps(file("a", "changed"), file("testfile", "testcontent"))).catch(() => {});
        expect(await treeOfView("base")).toEqual({ a: "a" });
        await expect(snapshotter.commit({ name: "made", key: "look" })).rejects.toMatchObject({ code: "FailedPrecondition" });
        await snapshotter.remove("look");
        expect(await mounted(await view("look", "base"), treeOf)).toEqual({ a: "a" });
        await snapshotter.remove("look");
        await snapshotter.remove("base");
        expect(await fixture.entries()).toEqual([]);
      });

      it(`can come from ${MAX_BELOW} layers; more are refused with the number, and nothing is made`, { timeout: 240_000 }, async () => {
        const lowest = steps(
          file("bottom", "way at the bottom\n"),
          file("overwriteme", "FIRST!\n"),
          folder("addhere"),
          file("onlyme/bottom", "bye!\n"),
        );
        const further = (index: number) =>
          steps(
            file("overwriteme", `${index} WAS HERE!\n`),
            file(`addhere/file-${index}`, "same\n"),
            gone("onlyme"),
            file(`onlyme/file-${index}`, "only me!\n"),
          );
        let parent: string | undefined;
        for (let index = 0; index < MAX_BELOW; index += 1) {
          const change = index === 0 ? lowest : further(index);
          const layerName = `layer-${index}`;
          const mounts = await prepare(`${layerName}-key`, parent);
          // Each mount costs as many layers as lie below: the others add nothing.
          if (index % 18 === 0) {
            await mounted(mounts, async (root) => {
              expect(await treeOf(root), layerName).toEqual(await treeOf(work));
              await change(root);
            });
            await change(work);
          }
          await snapshotter.commit({ name: layerName, key: `${layerName}-key` });
          parent = layerName;
        }
        const all = await view("full", parent);
        expect(parentsOf(all)).toHaveLength(MAX_BELOW);
        expect(await mounted(all, treeOf)).toEqual(await treeOf(work));
        await prepare("one-more", parent);
        await snapshotter.commit({ name: "one-more-made", key: "one-more" });
        const before = await fixture.entries();
        for (const call of [() => prepare("too-many", "one-more-made"), () => view("too-many", "one-more-made")]) {
          await expect(call()).rejects.toMatchObject({ code: "InvalidArgument", message: expect.stringContaining(String(MAX_BELOW + 1)) });
        }
        expect(await fixture.entries()).toEqual(before);
      });
    });

    describe("mounts", () => {
      it("bind the folder of what stands on nothing, and lay a scratch over its parents, immediate parent first, otherwise", async () => {
        await layer("base");
        await layer("next", "base");
        const [folderMount] = await prepare("a");
        expect(folderMount).toMatchObject({ type: "bind", options: ["rw"] });
        expect((await view("v"))[0]).toMatchObject({ type: "bind", options: ["ro"] });
        const mounts = await prepare("top", "next");
        expect(mounts).toMatchObject([{ type: "windows-layer", options: expect.arrayContaining(["rw"]) }]);
        expect((await view("look", "next"))[0]).toMatchObject({ type: "windows-layer", options: expect.arrayContaining(["ro"]) });
        const [next, base] = parentsOf(mounts);
        expect(parentsOf(await prepare("on-base", "base"))).toEqual([base]);
        expect(next === base || next === undefined).toBe(false);
        expect(await snapshotter.mounts("top")).toEqual(mounts);
      });

      it("keep a scratch from being committed and removed as long as somebody has it mounted", async () => {
        await layer("base");
        const mounts = await prepare("a", "base");
        await mounted(mounts, async (root) => {
          await file("written", "w")(root);
          await expect(snapshotter.commit({ name: "made", key: "a" })).rejects.toMatchObject({ code: "Conflict" });
          await expect(snapshotter.remove("a")).rejects.toMatchObject({ code: "Conflict" });
        });
        await snapshotter.commit({ name: "made", key: "a" });
        expect(await treeOfView("made")).toEqual({ written: "w" });
      });

      it("keep nobody from committing a folder", async () => {
        await mounted(await prepare("a"), async (root) => {
          await file("foo", "foo\n")(root);
          await snapshotter.commit({ name: "made", key: "a" });
        });
        expect(await snapshotter.stat("made")).toMatchObject({ kind: "committed", parent: undefined });
        expect(await treeOfView("made")).toEqual({ foo: "foo\n" });
      });
    });

    describe("a process", () => {
      it("finds all that a former one made, which was killed", async () => {
        await layer("base", undefined, file("a", "a"), { l: "1" });
        await mounted(await prepare("active", "base", { l: "2" }), file("b", "b"));
        await view("look", "base");
        await mounted(await prepare("folder"), file("c", "c"));
        const tell = async () => ({
          infos: await walk(),
          usage: await snapshotter.usage("base"),
          mounts: await Promise.all(["active", "look", "folder"].map((key) => snapshotter.mounts(key))),
          entries: await fixture.entries(),
        });
        const before = await tell();
        snapshotter = await fixture.reopen();
        expect(await tell()).toEqual(before);
        expect(await mounted(await snapshotter.mounts("active"), treeOf)).toEqual({ a: "a", b: "b" });
        await snapshotter.commit({ name: "made", key: "active" });
        await snapshotter.commit({ name: "folder-made", key: "folder" });
        expect(await treeOfView("made")).toEqual({ a: "a", b: "b" });
        expect(await treeOfView("folder-made")).toEqual({ c: "c" });
      });

      it("may close twice, at once and afterwards, and what is asked for then is refused", async () => {
        await layer("a");
        await snapshotter.remove("a");
        await Promise.all([snapshotter.close(), snapshotter.close()]);
        await snapshotter.close();
        await expect(prepare("b")).rejects.toMatchObject({ code: expect.any(String) });
        await expect(snapshotter.stat("a")).rejects.toMatchObject({ code: expect.any(String) });
        expect(await fixture.entries()).toEqual([]);
      });

      it("has nothing to clean up where everything could be deleted", async () => {
        await layer("a");
        await snapshotter.remove("a");
        await snapshotter.cleanup();
        expect(await fixture.entries()).toEqual([]);
      });

      it("makes a snapshot, or removes its parent, where both are asked for at once", async () => {
        for (const order of ["prepare first", "remove first"]) {
          await layer("base");
          const calls = [() => prepare("a", "base"), () => snapshotter.remove("base")];
          if (order === "remove first") calls.reverse();
          const refused = (await Promise.allSettled<unknown>(calls.map((call) => call()))).filter((result) => result.status === "rejected");
          expect(refused, order).toHaveLength(1);
          const left = await names();
          expect(left.join() === "a,base" || left.length === 0, order).toBe(true);
          for (const each of left) await snapshotter.remove(each);
        }
      });
    });
  });
}

/** Mounts, by the layer functions, what a snapshotter's mounts say; unmounts whatever the work does. */
async function withMount<T>(
  { layers, shown }: SnapshotterFixture,
  mounts: readonly SnapshotMount[],
  use: (root: string) => Promise<T>,
): Promise<T> {
  const [mount] = mounts;
  if (mount === undefined || mounts.length > 1) throw new Error(`${mounts.length} mounts instead of one`);
  if (mount.type === "bind") return use(mount.source);
  const info = { flavour: 1, homeDir: "" } as const;
  const below = await Promise.all(
    parentsOf(mounts).map(async (parent) => ({ layerId: (await layers.NameToGuid(path.basename(parent))).guid, flags: 0, path: parent })),
  );
  succeed(await layers.ActivateLayer(info, mount.source));
  try {
    succeed(await layers.PrepareLayer(info, mount.source, below));
    try {
      return await use(await shown(mount.source, (await layers.GetLayerMountPath(info, mount.source)).path));
    } finally {
      succeed(await layers.UnprepareLayer(info, mount.source));
    }
  } finally {
    succeed(await layers.DeactivateLayer(info, mount.source));
  }
}

function parentsOf(mounts: readonly SnapshotMount[]): readonly string[] {
  const option = mounts[0]?.options.find((text) => text.startsWith("parentLayerPaths="));
  return option === undefined ? [] : (JSON.parse(option.slice(option.indexOf("=") + 1)) as readonly string[]);
}

function succeed({ hresult }: { readonly hresult: number }): void {
  if (hresult !== 0) throw new Error(`a layer function answered 0x${(hresult >>> 0).toString(16)}`);
}

function steps(...changes: readonly Change[]): Change {
  return async (root) => {
    for (const change of changes) await change(root);
  };
}

function folder(name: string): Change {
  return async (root) => {
    await mkdir(path.join(root, name), { recursive: true });
  };
}

function gone(name: string): Change {
  return (root) => rm(path.join(root, name), { recursive: true });
}

function linked(from: string, to: string): Change {
  return (root) => link(path.join(root, from), path.join(root, to));
}

/** As a program moves: by copying where the file system cannot, as an overlay mount cannot with a folder of a lower layer. */
function moved(from: string, to: string): Change {
  return async (root) => {
    const [source, target] = [path.join(root, from), path.join(root, to)];
    await rename(source, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EXDEV") throw error;
      await cp(source, target, { recursive: true });
      await rm(source, { recursive: true });
    });
  };
}

/** What Windows puts into a root itself. */
const ofTheHost = new Set(["windows", "system volume information", "wcsandboxstate", "$recycle.bin"]);

/** Text of each file, and `null` for each folder, by path with `/`. */
async function treeOf(root: string): Promise<Record<string, string | null>> {
  const tree: Record<string, string | null> = {};
  const read = async (folderName: string) => {
    const entries = await readdir(path.join(root, folderName), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (folderName === "" && ofTheHost.has(entry.name.toLowerCase())) continue;
      const entryName = folderName === "" ? entry.name : `${folderName}/${entry.name}`;
      tree[entryName] = entry.isDirectory() ? null : await readFile(path.join(root, entryName), "utf8");
      if (entry.isDirectory()) await read(entryName);
    }
  };
  await read("");
  return tree;
}
