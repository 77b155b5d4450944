/// <reference types="node" preserve="true" />

export {
  canonicalReference,
  familiarName,
  familiarReference,
  type ImageReference,
  parseReference,
  repositoryName,
  withDefaultTag,
} from "./catalog/reference.ts";
export { chainIds, digestOf, isDigest, shortId } from "./content/digest.ts";
export type { LayerCollection } from "./layers/layer-manager.ts";
export { LocalImageStore, type LocalImageStoreOptions } from "./local-image-store.ts";
export { imagesPlugin } from "./plugin.ts";
