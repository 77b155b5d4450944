import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { writeWhole } from "../layers/layer-folder.ts";
import { EndpointState, type HnsState } from "./hns-objects.ts";
import { makeNetwork } from "./make-network.ts";

const empty: HnsState = { networks: [], endpoints: [], policyLists: [], namespaces: [] };

/** Keeps the objects of the host network service in a file. Changes are made one after another. */
export class HnsStore {
  readonly #file: string;
  #state: HnsState | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  read(): Promise<HnsState> {
    return this.#enqueue(() => this.#load());
  }

  /** Answers what `change` answers once its new state is on disk; a state that it does not change is not written. */
  update<Answer>(change: (state: HnsState) => { readonly state: HnsState; readonly answer: Answer }): Promise<Answer> {
    return this.#enqueue(async () => {
      const before = await this.#load();
      const { state, answer } = change(before);
      if (state !== before) await this.#save(state);
      return answer;
    });
  }

  /** A change that ends with this process: which compute systems have an endpoint. */
  updateForNow(change: (state: HnsState) => HnsState): Promise<void> {
    return this.#enqueue(async () => {
      this.#state = change(await this.#load());
    });
  }

  #enqueue<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #load(): Promise<HnsState> {
    if (this.#state !== undefined) return this.#state;
    const text = await readFile(this.#file, "utf8").catch(() => undefined);
    if (text === undefined) {
      // Windows has this network from the start.
      await this.#save({ ...empty, networks: [makeNetwork({ Name: "nat", Type: "nat" }, empty)] });
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
