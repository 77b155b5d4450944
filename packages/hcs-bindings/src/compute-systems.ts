import { HcsNotification, type HcsSystem, type RawHcs, withDeadline } from "@oriel/contracts";
import {
  type CallContext,
  checkAnswer,
  defaultTimeouts,
  type HcsTimeouts,
  isPending,
  notificationOverdue,
  type OperationOptions,
  parseAnswer,
  timedCall,
} from "./call.ts";
import { ComputeSystem } from "./compute-system.ts";
import { awaitCompletion, type NotificationHub } from "./notification-hub.ts";
import { type NotifiedHandle, notifiedHandle } from "./notified-handle.ts";
import type { ContainerConfig } from "./schema/container-config.ts";
import type { ContainerProperties } from "./schema/container-properties.ts";
import type { ComputeSystemQuery } from "./schema/requests.ts";

export interface SystemOptions extends OperationOptions {
  readonly timeouts?: Partial<HcsTimeouts> | undefined;
}

export interface CreateSystemOptions extends SystemOptions {
  /**
   * Called when the creation is given up although the service has not answered yet: it may still make the system. The
   * promise settles once it has answered, and what it made is ended again.
   */
  readonly onAbandoned?: ((undone: Promise<void>) => void) | undefined;
}

/** How long, in milliseconds, the end of a half-made system is waited for, so that its id is free again afterwards. */
const longestFarewell = 10_000;

/** Milliseconds between two looks for a system whose end is waited for. */
const lookInterval = 50;

/**
 * Makes a compute system and waits until it is made; it is not started yet. A creation that fails leaves nothing behind.
 * @throws HcsError (AlreadyExists for an id in use, InvalidArgument for a document that the service refuses);
 *   DeadlineExceededError; the signal's reason
 */
export async function createComputeSystem(
  raw: RawHcs,
  id: string,
  document: ContainerConfig,
  options: CreateSystemOptions = {},
): Promise<ComputeSystem> {
  const context = systemContext("hcs::CreateComputeSystem", id, options);
  const creation = raw.compute.HcsCreateComputeSystem(id, JSON.stringify(document), 0n);
  const answer = await timedCall(context, () => creation).catch((error: unknown) => {
    const undone = creation.then((late) => cleanUpLateSystem(raw, id, late.system, options)).catch(nothing);
    options.onAbandoned?.(undone);
    throw error;
  });
  try {
    checkAnswer(answer, context);
  } catch (error) {
    if (answer.system !== 0n) await raw.compute.HcsCloseComputeSystem(answer.system);
    throw error;
  }
  const held = ownSystem(raw, id, answer.system, options);
  try {
    await held.register(context);
    if (isPending(answer)) await awaitCompletion(held.hub, HcsNotification.SystemCreateCompleted, context);
    return await described(raw, id, held, options);
  } catch (error) {
    await endAndClose(raw, id, held, options);
    throw error;
  }
}

/**
 * Takes hold of a compute system that exists.
 * @throws HcsError, NotFound when there is none of that id; DeadlineExceededError; the signal's reason
 */
export async function openComputeSystem(raw: RawHcs, id: string, options: SystemOptions = {}): Promise<ComputeSystem> {
  const context = systemContext("hcs::OpenComputeSystem", id, options);
  const answer = await timedCall(
    context,
    () => raw.compute.HcsOpenComputeSystem(id),
    async (late) => {
      if (late.system !== 0n) await raw.compute.HcsCloseComputeSystem(late.system);
    },
  );
  checkAnswer(answer, context);
  const held = ownSystem(raw, id, answer.system, options);
  try {
    await held.register(context);
    return await described(raw, id, held, options);
  } catch (error) {
    await held.owned.close().catch(nothing);
    throw error;
  }
}

/**
 * The compute systems of the host that the caller may see.
 * @throws HcsError; DeadlineExceededError; InternalError for an answer that is no JSON
 */
export async function enumerateComputeSystems(
  raw: RawHcs,
  query: ComputeSystemQuery = {},
  options: SystemOptions = {},
): Promise<readonly ContainerProperties[]> {
  const context: CallContext = { op: "hcs::EnumerateComputeSystems", timeouts: timeoutsOf(options), signal: options.signal };
  const answer = await timedCall(context, () => raw.compute.HcsEnumerateComputeSystems(JSON.stringify(query)));
  checkAnswer(answer, context);
  return parseAnswer<readonly ContainerProperties[]>(answer.computeSystems, context);
}

function ownSystem(raw: RawHcs, id: string, handle: HcsSystem, options: SystemOptions): NotifiedHandle<HcsSystem> {
  const { compute } = raw;
  const closing: CallContext = { ...systemContext("hcs::System::Close", id, options), signal: undefined };
  return notifiedHandle(
    handle,
    { kind: "system", label: id },
    {
      register: (value, callback, context) => compute.HcsRegisterComputeSystemCallback(value, callback, context),
      unregister: (callback) => compute.HcsUnregisterComputeSystemCallback(callback),
      close: (value) => compute.HcsCloseComputeSystem(value),
    },
    closing,
  );
}

/** hcsshim asks for the basic properties at once, and so do we: a system that cannot say what it is, is of no use. */
async function described(raw: RawHcs, id: string, held: NotifiedHandle<HcsSystem>, options: SystemOptions): Promise<ComputeSystem> {
  const context = systemContext("hcs::System::Properties", id, options);
  const answer = await held.owned.call(context, (handle) => raw.compute.HcsGetComputeSystemProperties(handle, "{}"));
  checkAnswer(answer, context);
  parseAnswer<ContainerProperties>(answer.properties, context);
  return new ComputeSystem({ raw, id, timeouts: context.timeouts, owned: held.owned, hub: held.hub });
}

/** Ends a system that was only half made. Failures are dropped: the caller gets the error that led here. */
async function endAndClose(raw: RawHcs, id: string, held: NotifiedHandle<HcsSystem>, options: SystemOptions): Promise<void> {
  const context: CallContext = { ...systemContext("hcs::System::Terminate", id, options), signal: undefined };
  try {
    const answer = await held.owned.call(context, (handle) => raw.compute.HcsTerminateComputeSystem(handle, ""));
    checkAnswer(answer, context);
    await ended(raw, id, held.hub, context);
  } catch {
    // Whatever keeps it from ending, its handle is closed; the system is found again by its id.
  }
  await held.owned.close().catch(nothing);
}

/** Waits for the end that was asked for. Where nothing is notified, or a notification is lost, the service's list shows it. */
async function ended(raw: RawHcs, id: string, hub: NotificationHub, context: CallContext): Promise<void> {
  const notified = hub.next(HcsNotification.SystemExited, HcsNotification.ServiceDisconnect);
  const soon = { ms: lookInterval, error: () => notificationOverdue(context), op: context.op };
  try {
    for (let left = Math.min(context.timeouts.notification, longestFarewell); left > 0; left -= lookInterval) {
      const notice = await withDeadline(notified.notice, soon).catch(nothing);
      if (notice !== undefined) return;
      const listed = await enumerateComputeSystems(raw, { Ids: [id] }, { timeouts: context.timeouts });
      if (!listed.some((system) => system.Id === id)) return;
    }
  } finally {
    notified.cancel();
  }
}

/** Ends what a creation made that nobody waits for any more. A failed one made nothing. */
async function cleanUpLateSystem(raw: RawHcs, id: string, handle: HcsSystem, options: SystemOptions): Promise<void> {
  if (handle === 0n) return;
  const held = ownSystem(raw, id, handle, options);
  await held.register(systemContext("hcs::CreateComputeSystem", id, { timeouts: options.timeouts })).catch(nothing);
  await endAndClose(raw, id, held, options);
}

function systemContext(op: string, id: string, options: SystemOptions): CallContext {
  return { op, resource: id, timeouts: timeoutsOf(options), signal: options.signal };
}

function timeoutsOf(options: SystemOptions): HcsTimeouts {
  return { ...defaultTimeouts, ...options.timeouts };
}

function nothing(): void {}
