/** Entries of layer tars with all the metadata that Windows keeps, in values that no default has. */
import type { LayerTarEntry } from "../../../packages/layer-tar/src/index.ts";

export const time = (second: number) => ({
  lastWrite: 1_600_000_000_123_456_700n + BigInt(second) * 1_000_000_000n,
  lastAccess: 1_600_000_100_000_000_100n,
  change: 1_600_000_200_000_000_200n,
  creation: 1_500_000_000_999_999_900n,
});
/** Self-relative, owner Administrators and no access list; `last` makes one differ from another. */
export const security = (last: number): Uint8Array =>
  Buffer.from(`010000801400000024000000000000000000000001020000000000052000000020020000010200000000000520000000${20 + last}020000`, "hex");
export const directory = (name: string, second = 1, more: Partial<LayerTarEntry> = {}): LayerTarEntry =>
  ({ kind: "directory", name, times: time(second), attributes: 0x10, securityDescriptor: security(0), ...more }) as LayerTarEntry;
export const file = (name: string, content: string | Buffer, more: Partial<LayerTarEntry> = {}): LayerTarEntry =>
  ({
    kind: "file",
    name,
    times: time(7),
    attributes: 0x20,
    securityDescriptor: security(1),
    size: Buffer.byteLength(content),
    content: Buffer.from(content),
    ...more,
  }) as LayerTarEntry;
export const stream = (name: string, content: string | Buffer): LayerTarEntry => ({
  kind: "stream",
  name,
  size: Buffer.byteLength(content),
  content: Buffer.from(content),
});
