import { InvalidArgumentError } from "@oriel/contracts";
import { type ConfigKey, type ConfigLayer, configKeys } from "./config-keys.ts";

/** Something wrong in one source of the configuration. */
export interface ConfigFault {
  /** `oriel.toml:3`, `ORIEL_HCS`, `--root`. */
  readonly where: string;
  readonly message: string;
}

/** Collects values and faults of one source, so that all faults are reported at once. */
export class LayerBuilder {
  readonly #values: Record<string, unknown> = {};
  readonly #faults: ConfigFault[] = [];

  set(key: ConfigKey, value: unknown, where: string): void {
    const accepted = configKeys[key].kind.accept(value);
    if ("fault" in accepted) this.fault(where, `${key} ${accepted.fault}`);
    else this.#values[key] = accepted.value;
  }

  fault(where: string, message: string): void {
    this.#faults.push({ where, message });
  }

  /** @throws InvalidArgumentError with every fault, one a line. */
  finish(source: string): ConfigLayer {
    throwFaults(source, this.#faults);
    // Each value was accepted by the row of its own key.
    return this.#values as ConfigLayer;
  }
}

function throwFaults(source: string, faults: readonly ConfigFault[]): void {
  if (faults.length === 0) return;
  const lines = faults.map((fault) => `${fault.where}: ${fault.message}`);
  const message = lines.length === 1 ? `${lines[0]}` : `${lines.length} faults in ${source}:\n  ${lines.join("\n  ")}`;
  throw new InvalidArgumentError(message, { op: "config.read", resource: source, remedy: "docs/configuration.md lists every key" });
}
