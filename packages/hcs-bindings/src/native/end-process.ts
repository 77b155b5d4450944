import { kernel32 } from "./kernel32.ts";
import { koffi } from "./koffi.ts";

/**
 * Ends this process at once. Node.js' own exit waits for its threads, and a thread that hangs in a call never ends.
 */
export function endProcess(kernel32File: string, code: number): void {
  if (process.platform === "win32") {
    const { GetCurrentProcess, TerminateProcess } = kernel32(kernel32File);
    TerminateProcess(GetCurrentProcess(), code);
  } else {
    koffi().load(null).func("_exit", "void", ["int"])(code);
  }
}
