import { FileCalls } from "../files/file-calls.ts";
import { LayerMetadata } from "../files/layer-metadata.ts";
import { removeTree } from "../files/remove-tree.ts";
import { type ExportLayerOptions, exportLayer } from "../layers/export-layer.ts";
import { beginImport, finishImport, importShare } from "../layers/import-layer.ts";
import { spellPendingLinks } from "../layers/link-targets.ts";
import { attachOverlay, unmountOverlay } from "../layers/overlay-mount.ts";
import { copyRoot } from "../layers/rootfs-copy.ts";
import { type Posix, posix } from "../native/posix.ts";

/** Work on whole layers. Everything is synchronous, and throws what `hresultOf` knows. */
export function createTreeCalls(system: Posix, metadata: LayerMetadata) {
  return {
    beginImport: beginImport.bind(undefined, metadata),
    importShare: importShare.bind(undefined, metadata),
    finishImport: finishImport.bind(undefined, metadata),
    exportLayer: (options: ExportLayerOptions) => exportLayer(system, metadata, options),
    copyRoot: copyRoot.bind(undefined, metadata),
    spellPendingLinks: spellPendingLinks.bind(undefined, metadata),
    removeFolder: removeTree,
  };
}

/** What a thread for layers can do. Everything is synchronous, and throws what `hresultOf` knows. */
export function createLayerCalls() {
  const system = posix();
  const metadata = new LayerMetadata(system);
  const files = new FileCalls(system, metadata);
  return {
    create: files.create.bind(files),
    open: files.open.bind(files),
    openReader: files.openReader.bind(files),
    write: files.write.bind(files),
    read: files.read.bind(files),
    facts: files.facts.bind(files),
    close: files.close.bind(files),
    list: files.list.bind(files),
    link: files.link.bind(files),
    remove: files.remove.bind(files),
    forget: files.forget.bind(files),

    ...createTreeCalls(system, metadata),
    attachOverlay: attachOverlay.bind(undefined, system, metadata),
    unmountOverlay: (target: string) => unmountOverlay(system, target),
  };
}

export type TreeCalls = ReturnType<typeof createTreeCalls>;
export type LayerCalls = ReturnType<typeof createLayerCalls>;
export type CallName = keyof LayerCalls;

export interface CallRequest {
  /** undefined: nobody waits for an answer. */
  readonly id: number | undefined;
  readonly name: CallName;
  readonly values: readonly unknown[];
}

/** A failure has the HRESULT that Windows would answer. */
export type CallOutcome = { readonly value: unknown } | { readonly hresult: number; readonly message: string };
export type CallReply = { readonly id: number } & CallOutcome;
