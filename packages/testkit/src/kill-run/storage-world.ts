import { type WorldFiles, withFiles } from "./world-files.ts";

export interface WorldLayer {
  readonly name: string;
  readonly parent: string | undefined;
  readonly files: WorldFiles;
}

export interface WorldScratch {
  readonly id: string;
  readonly parent: string;
  /** undefined while, or after, a write that was cut short. */
  readonly files: WorldFiles | undefined;
}

/** What the program tells: before it begins with something, and when the backend has reported it done. */
export type WorkEvent =
  | { readonly phase: Phase; readonly op: "import" | "commit"; readonly layer: WorldLayer }
  | { readonly phase: Phase; readonly op: "prepare"; readonly scratch: WorldScratch }
  | { readonly phase: Phase; readonly op: "run"; readonly id: string; readonly files: WorldFiles }
  | { readonly phase: Phase; readonly op: "remove-layer"; readonly name: string }
  | { readonly phase: Phase; readonly op: "remove-scratch"; readonly id: string };

type Phase = "begin" | "done";

/** What must be there, and what may be, by what the program told. */
export class StorageWorld {
  readonly layers = new Map<string, WorldLayer>();
  readonly scratches = new Map<string, WorldScratch>();
  /** Whose making or removing was begun and not reported done: there whole, or not at all. */
  readonly doubtful = new Map<string, WorldLayer>();
  /** What was begun and not reported done, by the name of the operation. */
  readonly cutShort = new Map<string, string>();

  apply(event: WorkEvent): void {
    const subject = subjectOf(event);
    if (event.phase === "begin") this.cutShort.set(subject, event.op);
    else this.cutShort.delete(subject);
    const isDone = event.phase === "done";
    switch (event.op) {
      case "import":
      case "commit":
        if (isDone) this.doubtful.delete(event.layer.name);
        (isDone ? this.layers : this.doubtful).set(event.layer.name, event.layer);
        break;
      case "prepare":
        if (isDone) this.scratches.set(event.scratch.id, event.scratch);
        break;
      case "run": {
        const scratch = this.scratches.get(event.id);
        if (scratch !== undefined) this.scratches.set(event.id, { ...scratch, files: isDone ? event.files : undefined });
        break;
      }
      case "remove-layer": {
        const layer = this.layers.get(event.name);
        this.layers.delete(event.name);
        if (isDone) this.doubtful.delete(event.name);
        else if (layer !== undefined) this.doubtful.set(event.name, layer);
        break;
      }
      case "remove-scratch":
        if (!isDone) this.scratches.delete(event.id);
    }
  }

  /** After a restart: what was in doubt is, or is not, as it was found. */
  settle(found: ReadonlySet<string>): void {
    for (const [name, layer] of this.doubtful) if (found.has(name)) this.layers.set(name, layer);
    this.doubtful.clear();
    this.cutShort.clear();
  }

  /** After a loss of power: what was written into scratches was promised to nobody. */
  loseWrites(): void {
    for (const [id, scratch] of this.scratches) {
      if (Object.keys(scratch.files ?? {}).length > 0) this.scratches.set(id, { ...scratch, files: undefined });
    }
  }

  /** The files that a container on this layer sees. */
  shownBy(name: string | undefined): Map<string, string> {
    const layer = name === undefined ? undefined : (this.layers.get(name) ?? this.doubtful.get(name));
    if (layer === undefined) return new Map();
    return withFiles(this.shownBy(layer.parent), layer.files);
  }

  toJSON(): { readonly layers: readonly WorldLayer[]; readonly scratches: readonly WorldScratch[] } {
    return { layers: [...this.layers.values()], scratches: [...this.scratches.values()] };
  }

  static from({ layers, scratches }: ReturnType<StorageWorld["toJSON"]>): StorageWorld {
    const world = new StorageWorld();
    for (const layer of layers) world.layers.set(layer.name, layer);
    for (const scratch of scratches) world.scratches.set(scratch.id, scratch);
    return world;
  }
}

function subjectOf(event: WorkEvent): string {
  if ("layer" in event) return event.layer.name;
  if ("scratch" in event) return event.scratch.id;
  return "name" in event ? event.name : event.id;
}
