import type { LibraryHandle, TypeObject } from "koffi";
import { koffi } from "./koffi.ts";

/** A DLL or an export that is not there; `win32` is the code that the loader has for it. */
export class NativeFault extends Error {
  readonly win32: number;

  constructor(win32: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.win32 = win32;
  }
}

const ERROR_MOD_NOT_FOUND = 126;
const ERROR_PROC_NOT_FOUND = 127;

/** What koffi takes as the type of a parameter; `koffi.out` and `koffi.inout` make markers of their own. */
export type Parameter = string | TypeObject | ReturnType<ReturnType<typeof koffi>["out"]>;

/** The type of the result, and of each parameter in order. */
export type Prototype = readonly [result: string, ...parameters: readonly Parameter[]];

/** koffi checks the arguments itself, against the prototype. Integers of 64 bits come as either kind of number. */
export type NativeFunction = (...values: readonly unknown[]) => number | bigint;

const opened = new Map<string, LibraryHandle>();

function open(file: string): LibraryHandle {
  let library = opened.get(file);
  if (library === undefined) {
    try {
      library = koffi().load(file);
    } catch (cause) {
      throw new NativeFault(ERROR_MOD_NOT_FOUND, `${file} cannot be loaded: ${messageOf(cause)}`, { cause });
    }
    opened.set(file, library);
  }
  return library;
}

/**
 * The functions of one DLL, by the names of its exports. Nothing is loaded until one of them is called for the first time;
 * then a missing DLL or export is a NativeFault.
 */
export function declareLibrary<Name extends string>(
  file: string,
  prototypes: () => { readonly [K in Name]: Prototype },
  names: readonly Name[],
): { readonly [K in Name]: NativeFunction } {
  const bound = new Map<Name, NativeFunction>();
  const bind = (name: Name): NativeFunction => {
    const known = bound.get(name);
    if (known !== undefined) return known;
    const library = open(file);
    const [result, ...parameters] = prototypes()[name];
    let made: NativeFunction;
    try {
      made = library.func("__stdcall", name, result, parameters);
    } catch (cause) {
      throw new NativeFault(ERROR_PROC_NOT_FOUND, `${file} does not export ${name}`, { cause });
    }
    bound.set(name, made);
    return made;
  };
  const functions = names.map((name) => [name, (...values: readonly unknown[]) => bind(name)(...values)]);
  return Object.fromEntries(functions) as { readonly [K in Name]: NativeFunction };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
