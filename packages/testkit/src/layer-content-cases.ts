import type { StorageBackend } from "@oriel/contracts";
import { expect, it } from "vitest";
import type { StorageBackendFixture } from "./storage-backend-fixture.ts";

/** What is done to files below a mount, and to a list of what must be there. */
type Step =
  | { readonly write: string; readonly text: string }
  | { readonly remove: string }
  /** As copying and removing, which is what the layer sees of it. */
  | { readonly move: string; readonly to: string };

const write = (name: string, text: string): Step => ({ write: name, text });
const remove = (name: string): Step => ({ remove: name });
const move = (name: string, to: string): Step => ({ move: name, to });

/** containerd's cases of what layers show of those below them, one list of steps a layer. */
const cases: readonly (readonly [title: string, layers: readonly (readonly Step[])[]])[] = [
  [
    "of a file that a later layer writes is that of the later one",
    [
      [write("etc/hosts", "mydomain 10.0.0.1"), write("etc/profile", "PATH=/usr/bin")],
      [write("etc/hosts", "mydomain 10.0.0.2"), write("etc/profile", "PATH=/usr/bin"), write("root/bashrc", "PATH=/usr/sbin:/usr/bin")],
      // As long, and perhaps within the same tick of the clock.
      [write("etc/hosts", "mydomain 10.0.0.3")],
    ],
  ],
  [
    "of a folder that was removed and made again is what it got afterwards",
    [
      [write("lib/hidden", "")],
      [remove("lib"), write("lib/not-hidden", "")],
      [write("lib/newfile", "")],
      [remove("lib"), write("lib", "a file now")],
      [remove("lib"), write("lib/hidden", "again")],
    ],
  ],
  ["that a layer removed is not there in those above", [[write("foo", "foo"), write("foobar", "foobar")], [remove("foobar")], []]],
  [
    "that a layer moved is where it was moved to",
    [
      [write("dir1/f1", "Hello"), write("dir2/f2", "...")],
      [write("dir3/f1", "Hello"), remove("dir1"), move("dir2/f2", "dir3/f2")],
      [move("dir3/f1", "dir4/f1"), move("dir3/f2", "dir4/f2"), remove("dir3")],
    ],
  ],
  [
    "that a layer renamed over another is there under the new name alone",
    [
      [write("somefiles/f1", "was here first!"), write("somefiles/f2", "nothing interesting")],
      [
        write("somefiles/f1-overwrite", "new content 1"),
        move("somefiles/f1-overwrite", "somefiles/f1"),
        move("somefiles/f2", "somefiles/f3"),
      ],
    ],
  ],
];

export interface LayerContentParts {
  readonly fixture: StorageBackendFixture;
  readonly backend: StorageBackend;
  /** Makes a base layer with these files. */
  base(name: string, files: Readonly<Record<string, string>>): Promise<unknown>;
  chainId(name: string): string;
}

/** Declares the cases; each layer is made of what a scratch changed, and looked at through another scratch. */
export function layerContentCases(parts: () => LayerContentParts): void {
  it.each(cases)("%s", async (_title, layers) => {
    const { fixture, backend, base, chainId } = parts();
    const model = new Map<string, string>();
    const everUsed = new Set<string>();
    const withScratch = async <T>(id: string, on: string, use: (volumePath: string) => Promise<T>): Promise<T> => {
      await backend.createScratch({ id, parentChainId: chainId(on) });
      const { volumePath } = await backend.mountScratch(id);
      const result = await use(volumePath);
      await backend.unmountScratch(id);
      return result;
    };
    await base("layer-0", { "first.txt": "first" });
    model.set("first.txt", "first");
    everUsed.add("first.txt");

    for (const [index, steps] of layers.entries()) {
      const [below, made] = [`layer-${index}`, `layer-${index + 1}`];
      await withScratch(`change-${index}`, below, async (volumePath) => {
        for (const step of steps) await take(step, fixture, volumePath, model);
      });
      for (const name of model.keys()) everUsed.add(name);
      await backend.applyLayer({ chainId: chainId(made), parentChainId: chainId(below), tar: backend.diff(`change-${index}`) });
      const shown = await withScratch(`look-${index}`, made, (volumePath) =>
        Promise.all([...everUsed].map(async (name) => [name, await fixture.read(volumePath, name)])),
      );
      expect(shown, made).toEqual([...everUsed].map((name) => [name, model.get(name)]));
    }
  });
}

async function take(step: Step, fixture: StorageBackendFixture, volumePath: string, model: Map<string, string>): Promise<void> {
  if ("write" in step) {
    await fixture.write(volumePath, step.write, step.text);
    model.set(step.write, step.text);
  } else if ("remove" in step) {
    await fixture.remove(volumePath, step.remove);
    for (const name of [...model.keys()]) if (name === step.remove || name.startsWith(`${step.remove}/`)) model.delete(name);
  } else {
    const text = model.get(step.move) ?? "";
    await take({ write: step.to, text }, fixture, volumePath, model);
    await take({ remove: step.move }, fixture, volumePath, model);
  }
}
