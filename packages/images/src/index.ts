/// <reference types="node" preserve="true" />
export { chainIds, digestOf, isDigest, shortId } from "./digest.ts";
export type { LayerCollection } from "./layer-keeper.ts";
export { LocalImageStore, type LocalImageStoreOptions } from "./local-image-store.ts";
export { imagesPlugin } from "./plugin.ts";
export {
  canonicalReference,
  familiarName,
  familiarReference,
  type ImageReference,
  parseReference,
  repositoryName,
  withDefaultTag,
} from "./reference.ts";
