import { createEmulatedHcs } from "@oriel/hcs-emulator";

export async function askTheService(root: string): Promise<string[]> {
  const hcs = createEmulatedHcs({ root });
  await hcs.start();
  try {
    const { computeSystems } = await hcs.compute.HcsEnumerateComputeSystems("{}");
    const { hresult } = await hcs.compute.HcsOpenComputeSystem("web");
    // "[]", as nothing runs, and c037010e: there is no such compute system.
    return [computeSystems ?? "", hresult.toString(16)];
  } finally {
    await hcs.close();
  }
}
