import { createEmulatedHcs, type Fault } from "@oriel/hcs-emulator";

const faults: readonly Fault[] = [
  { call: "HcsOpenComputeSystem", nth: 2, fail: "0x80070005" },
  { call: "HNSCall", hang: true },
  { notification: 1, effect: "lose" },
];

export async function meetFaults(root: string): Promise<string[]> {
  const hcs = createEmulatedHcs({ root, faults });
  try {
    const first = await hcs.compute.HcsOpenComputeSystem("web");
    const second = await hcs.compute.HcsOpenComputeSystem("web");
    const networks = hcs.network.HNSCall("GET", "/networks/", "");
    const answered = await Promise.race([networks.then(() => "answered"), new Promise((resolve) => setImmediate(resolve, "hangs"))]);
    hcs.faults.releaseHung();
    hcs.faults.set([]);
    // "c037010e", "80070005", "hangs", "0"
    return [first.hresult.toString(16), second.hresult.toString(16), String(answered), (await networks).hresult.toString(16)];
  } finally {
    await hcs.close();
  }
}
