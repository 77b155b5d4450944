import { koffi } from "./koffi.ts";
import { textAt } from "./memory.ts";

/** What arrives, on the event loop; the thread that calls waits until this has returned. */
export type NativeNotification = (type: number, context: bigint, status: number, data: string | null) => void;

/**
 * Makes a function pointer for the `notificationCallback` of HCS: `void (DWORD, void*, HRESULT, PCWSTR)`. Its text is HCS's
 * own and lasts only as long as the call. `free` must come after the last call.
 */
export function notificationCallback(receive: NativeNotification): { readonly address: bigint; readonly free: () => void } {
  const { pointer, proto, register, unregister } = koffi();
  const type = proto("__stdcall", "void", ["uint32", "uintptr_t", "uint32", "uintptr_t"]);
  const called = (notification: number, context: number | bigint, status: number, data: number | bigint): void =>
    receive(notification, BigInt(context), status, textAt(data));
  const address = register(called, pointer(type));
  return { address, free: () => unregister(address) };
}
