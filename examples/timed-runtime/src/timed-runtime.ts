import type { CreateContainerOptions, Logger, RuntimeProcess, StartProcessOptions } from "@oriel/contracts";
import { LocalRuntime, type LocalRuntimeOptions } from "@oriel/runtime-local";

/** The local runtime, with a line in the log for each container: how long its creation and its start took. */
export class TimedRuntime extends LocalRuntime {
  override readonly name = "timed";
  readonly #logger: Logger;

  constructor(options: LocalRuntimeOptions) {
    super(options);
    this.#logger = options.logger;
  }

  override create(options: CreateContainerOptions): Promise<void> {
    return this.#timed("created", options.id, () => super.create(options));
  }

  override start(id: string, options?: StartProcessOptions): Promise<RuntimeProcess> {
    return this.#timed("started", id, () => super.start(id, options));
  }

  async #timed<T>(what: string, id: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    this.#logger.info({ container: id, milliseconds: Math.round(performance.now() - began) }, `the container was ${what}`);
    return result;
  }
}
