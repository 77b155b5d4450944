import { type ImageRecord, isOrielError } from "@oriel/contracts";
import type { Container } from "../containers/container.ts";
import type { Images } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import { imageSteps } from "./image-layers.ts";

type ImagesContext = Pick<EngineContext, "images" | "storage" | "registry" | "events" | "clock">;

/** The image store, with its events told and with the containers that stand on each image. */
export function engineImages({ images, storage, registry, events, clock }: ImagesContext): Images {
  /** With the image's labels, by which clients filter, as long as it is there. */
  const publish = (action: string, id: string, name: string, image?: ImageRecord): void => {
    events.publish({ type: "image", action, actor: { id, attributes: { ...image?.config.config?.Labels, name } }, time: clock.now() });
  };
  const find = async (reference: string): Promise<ImageRecord | undefined> => {
    try {
      return await images.get(reference);
    } catch (error) {
      if (isOrielError(error)) return undefined;
      throw error;
    }
  };
  const idsOf = (containers: readonly Container[]): string[] => containers.map(({ id }) => id);
  return {
    get: (reference) => images.get(reference),
    list: () => images.list(),
    async history(reference) {
      const image = await images.get(reference);
      return { image, steps: await imageSteps(storage, image) };
    },
    async load(options) {
      const loaded = await images.load(options);
      for (const image of loaded) publish("load", image.id, image.tags[0] ?? image.id, image);
      return loaded;
    },
    async tag(reference, target) {
      const image = await images.get(reference);
      const name = await images.tag(reference, target);
      publish("tag", image.id, name, image);
      return name;
    },
    async remove(reference, { force }) {
      const image = await find(reference);
      const removed = await images.remove(reference, {
        force,
        inUse: (imageId) => idsOf(registry.usersOf(imageId)),
        running: (imageId) => idsOf(registry.usersOf(imageId).filter(({ isRunning }) => isRunning)),
      });
      for (const name of removed.untagged) publish("untag", image?.id ?? name, name, image);
      for (const id of removed.deleted) publish("delete", id, id);
      return removed;
    },
  };
}
