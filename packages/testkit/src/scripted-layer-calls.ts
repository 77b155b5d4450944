import path from "node:path";
import type { HResult, RawLayers } from "@oriel/contracts";

type Answer = { readonly hresult: HResult };

/** What a layer function shall do instead of its work: answer an HRESULT, wait for a promise first, or something else. */
export type LayerCallScript =
  | { readonly fail: HResult }
  | { readonly wait: Promise<void> }
  | { readonly run: (...args: never[]) => Promise<Answer> };

/** Layer functions that note what they are called with, and that can be told to fail or to hang. */
export class ScriptedLayerCalls {
  /** Every call: name and the last part of the folder, and further strings and numbers. */
  readonly calls: string[] = [];
  readonly layers: RawLayers;
  readonly #scripts = new Map<string, LayerCallScript[]>();

  /** @param layers what does the work of calls without a script */
  constructor(layers: RawLayers) {
    const functions = Object.entries(layers).map(([name, original]) => [
      name,
      (...args: unknown[]) => this.#call(name, original as (...args: unknown[]) => Promise<unknown>, args),
    ]);
    this.layers = Object.fromEntries(functions) as RawLayers;
  }

  /** Names of the functions that were called. */
  get names(): readonly string[] {
    return this.calls.map((call) => call.split(" ", 1)[0] ?? "");
  }

  /** The next call of this function follows the script; scripts queue up. */
  script(name: keyof RawLayers, script: LayerCallScript): void {
    this.#scripts.set(name, [...(this.#scripts.get(name) ?? []), script]);
  }

  /** The next call of this function does nothing before the function answered is called. */
  hang(name: keyof RawLayers): () => void {
    const { promise: wait, resolve: answer } = Promise.withResolvers<void>();
    this.script(name, { wait });
    return () => answer();
  }

  async #call(name: string, original: (...args: unknown[]) => Promise<unknown>, args: unknown[]): Promise<unknown> {
    this.calls.push([name, ...args.flatMap((arg) => describeArgument(arg))].join(" "));
    const script = this.#scripts.get(name)?.shift();
    if (script !== undefined && "fail" in script) return { hresult: script.fail, path: "", guid: "", exists: false };
    if (script !== undefined && "run" in script) return (script.run as (...args: unknown[]) => Promise<Answer>)(...args);
    if (script !== undefined) await script.wait;
    return original(...args);
  }
}

function describeArgument(argument: unknown): string[] {
  if (typeof argument === "string") return [path.basename(argument)];
  if (typeof argument === "bigint") return [String(argument)];
  if (Array.isArray(argument)) return [`[${argument.map(({ path: folder }) => path.basename(folder)).join(" ")}]`];
  return [];
}
