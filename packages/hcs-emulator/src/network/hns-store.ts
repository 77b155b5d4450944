import { access, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { SerialQueue } from "@oriel/contracts";
import { writeWhole } from "../layers/layer-folder.ts";
import { EndpointState, type HnsState } from "./hns-objects.ts";
import { makeNetwork } from "./make-network.ts";

const empty: HnsState = { networks: [], endpoints: [], policyLists: [], namespaces: [] };

interface Changed {
  readonly before: HnsState;
  readonly after: HnsState;
}

/** Keeps the objects of the host network service in a file. Changes are made one after another. */
export class HnsStore {
  readonly #file: string;
  readonly #seed: number;
  #state: HnsState | undefined;
  readonly #queue = new SerialQueue();

  /** @param seed where in the addresses that networks get their subnets from it begins: not where others do */
  constructor(file: string, seed: number) {
    this.#file = file;
    this.#seed = seed;
  }

  /** Whether a process of this folder has had documents. */
  async isThere(): Promise<boolean> {
    return access(this.#file).then(
      () => true,
      () => false,
    );
  }

  read(): Promise<HnsState> {
    return this.#queue.run(() => this.#load());
  }

  /** Returns what `change` returns, once its new state is on disk; a state that it does not change is not written. */
  update<Answer>(
    change: (state: HnsState, seed: number) => { readonly state: HnsState; readonly answer: Answer },
  ): Promise<Changed & { readonly answer: Answer }> {
    return this.#queue.run(async () => {
      const before = await this.#load();
      const { state: after, answer } = change(before, this.#seed);
      if (after !== before) await this.#save(after);
      return { before, after, answer };
    });
  }

  /** A change that ends with this process: which compute systems have an endpoint. */
  updateForNow(change: (state: HnsState) => HnsState): Promise<Changed> {
    return this.#queue.run(async () => {
      const before = await this.#load();
      const after = change(before);
      this.#state = after;
      return { before, after };
    });
  }

  async #load(): Promise<HnsState> {
    if (this.#state !== undefined) return this.#state;
    const text = await readFile(this.#file, "utf8").catch(() => undefined);
    if (text === undefined) {
      // Windows has this network from the start.
      await this.#save({ ...empty, networks: [makeNetwork({ Name: "nat", Type: "nat" }, empty, this.#seed)] });
    } else {
      const state = { ...empty, ...(JSON.parse(text) as Partial<HnsState>) };
      // Compute systems end with the process that has them.
      this.#state = {
        ...state,
        endpoints: state.endpoints.map((endpoint) => ({ ...endpoint, SharedContainers: [], State: EndpointState.Created })),
      };
    }
    return this.#state ?? empty;
  }

  async #save(state: HnsState): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    await writeWhole(this.#file, `${JSON.stringify(state, undefined, 1)}\n`);
    this.#state = state;
  }
}
