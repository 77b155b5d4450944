import { createFakeRawHcs, memoryJournal } from "@oriel/testkit";

/** A Host Compute Service in memory, and a journal that shows what its user recorded. */
export async function listSystems(): Promise<{ systems: string | null; recorded: string[] }> {
  const { raw } = createFakeRawHcs();
  const journal = memoryJournal();
  journal.record("compute-system", "web", { owner: "example" });
  const { computeSystems } = await raw.compute.HcsEnumerateComputeSystems("{}");
  return { systems: computeSystems, recorded: journal.list().map((entry) => entry.id) };
}
