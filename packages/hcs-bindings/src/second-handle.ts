import { goneHresults, type HcsAnswer, type HcsProcess, type HcsSystem, type RawHcs } from "@oriel/contracts";
import { type CallContext, checkAnswer, timedCall } from "./call.ts";
import { OwnedHandle } from "./owned-handle.ts";

/** What a call with handles of its own answered; `opened` is false where there were none to be had. */
export type SecondHandleAnswer = { readonly opened: true; readonly answer: HcsAnswer } | { readonly opened: false };

/**
 * Makes a call on a process through a second handle of its system and of itself, closed again afterwards. HCS takes one signal
 * after another for each system handle, so that a kill through the first would wait for a signal that hangs (hcsshim does
 * the same). A process or system that has gone is the answer itself.
 * @throws DeadlineExceededError; the signal's reason
 */
export async function withSecondHandle(
  raw: RawHcs,
  { systemId, pid }: { readonly systemId: string; readonly pid: number },
  context: CallContext,
  call: (process: HcsProcess) => Promise<HcsAnswer>,
): Promise<SecondHandleAnswer> {
  const { compute } = raw;
  const label = `${systemId} pid ${pid} (to end it)`;
  const closing: CallContext = { ...context, signal: undefined };
  const found = await timedCall(
    context,
    () => compute.HcsOpenComputeSystem(systemId),
    (late) => closeLate(late.system, (handle) => compute.HcsCloseComputeSystem(handle)),
  );
  const none = refusal(found, context);
  if (none !== undefined) return none;
  const system = new OwnedHandle<HcsSystem>(found.system, { kind: "system", label }, (handle, gone) =>
    release(closing, gone, () => compute.HcsCloseComputeSystem(handle)),
  );
  try {
    const opened = await system.call(
      context,
      (handle) => compute.HcsOpenProcess(handle, pid),
      (late) => closeLate(late.process, (handle) => compute.HcsCloseProcess(handle)),
    );
    const missing = refusal(opened, context);
    if (missing !== undefined) return missing;
    const process = new OwnedHandle<HcsProcess>(opened.process, { kind: "process", label }, (handle, gone) =>
      release(closing, gone, () => compute.HcsCloseProcess(handle)),
    );
    try {
      return { opened: true, answer: await process.call(context, call) };
    } finally {
      await process.close().catch(nothing);
    }
  } finally {
    await system.close().catch(nothing);
  }
}

/** What a failed opening comes to; undefined where it did not fail. */
function refusal(answer: HcsAnswer, context: CallContext): SecondHandleAnswer | undefined {
  if (answer.hresult >>> 31 === 0) return undefined;
  try {
    checkAnswer(answer, context, goneHresults);
    return { opened: true, answer };
  } catch {
    return { opened: false };
  }
}

/** A close that hangs holds nobody up beyond the deadline; the handle counts as open until it answers. */
async function release(context: CallContext, gone: () => void, close: () => Promise<HcsAnswer>): Promise<void> {
  await timedCall(context, () => close().finally(gone));
}

async function closeLate<H extends bigint>(handle: H, close: (handle: H) => Promise<HcsAnswer>): Promise<void> {
  if (handle !== 0n) await close(handle);
}

function nothing(): void {}
