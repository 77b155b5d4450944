import { isHcsError } from "@oriel/hcs-bindings";
import type { HnsNetwork } from "../hns/hns-documents.ts";
import type { NetworkContext } from "../network-context.ts";
import { type NetworkDocumentInput, networkDocument } from "./network-document.ts";

/**
 * Makes a network on the host. It is in the journal when it is made, and no longer when the creation failed.
 * @param before the networks of the host: none of these is ever taken for ours
 */
export async function createOnHost(
  context: NetworkContext,
  input: NetworkDocumentInput,
  before: readonly HnsNetwork[],
): Promise<HnsNetwork> {
  const { hns, journal, undoneLate } = context;
  const document = networkDocument(input);
  const others = before.filter(({ Name }) => Name === document.Name).map(({ ID }) => ID);
  journal.record("network", input.id, { hnsName: document.Name, others });
  try {
    return await hns.createNetwork(document, (undone) => undoneLate.add("network", input.id, undone));
  } catch (error) {
    if (isHcsError(error)) journal.clear("network", input.id);
    else if (!undoneLate.has(input.id)) await undo(context, input.id);
    throw error;
  }
}

/** After an answer that cannot be read. What cannot be removed now stays in the journal. */
async function undo(context: NetworkContext, id: string): Promise<void> {
  try {
    await removeHalfMade(context, id, await context.hns.networks());
  } catch (error) {
    context.logger.warn({ network: id, err: error }, "a network that could not be made whole is left for the next start");
  }
}

/** Removes what a crash left of a network that was being made. Returns how many there were. */
export async function removeHalfMade(context: NetworkContext, id: string, found: readonly HnsNetwork[]): Promise<number> {
  const entry = context.journal.list("network").find((other) => other.id === id);
  const others: readonly unknown[] = Array.isArray(entry?.data.others) ? entry.data.others : [];
  const left = found.filter(({ ID, Name }) => Name === entry?.data.hnsName && !others.includes(ID));
  for (const { ID } of left) await context.hns.deleteNetwork(ID);
  context.journal.clear("network", id);
  return left.length;
}
