import type { HResult } from "@oriel/contracts";
import { hresultError, type WindowsHcs } from "@oriel/hcs-bindings";

/** Makes a writable layer, as a differencing disk, on others, and returns the volume in which all of them are seen. */
export async function mountByVolume(
  { disk, storage }: Pick<WindowsHcs, "disk" | "storage">,
  file: string,
  parents: readonly { readonly Id: string; readonly Path: string }[], // immediate parent first; Id is NameToGuid of the folder's name
): Promise<string> {
  const layerData = JSON.stringify({ SchemaVersion: { Major: 2, Minor: 1 }, Layers: parents });
  const blank = `${parents.at(-1)?.Path}\\blank.vhdx`; // of the base layer
  const made = succeed(file, await disk.CreateVirtualDisk({ path: file, maximumSize: 0n, blockSize: 0, parentPath: blank }));
  try {
    succeed(file, await disk.AttachVirtualDisk(made.disk, { readOnly: false, permanent: true }));
    const { path: volume } = succeed(file, await storage.HcsGetLayerVhdMountPath(made.disk));
    succeed(volume, await storage.HcsInitializeWritableLayer(volume, layerData, ""));
    succeed(volume, await storage.HcsAttachLayerStorageFilter(volume, layerData));
    return volume;
  } finally {
    await disk.CloseDisk(made.disk); // it stays attached
  }
}

/** Raw functions throw nothing: a failure is an HRESULT. */
function succeed<Answer extends { readonly hresult: HResult }>(resource: string, answer: Answer): Answer {
  if (answer.hresult !== 0) throw hresultError({ op: "mount", hresult: answer.hresult, resource, subject: "layer" });
  return answer;
}
