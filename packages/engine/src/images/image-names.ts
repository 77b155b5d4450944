import { type ImageStore, isOrielError } from "@oriel/contracts";
import type { ContainerRecord } from "../engine-api.ts";

/**
 * The containers with the name of their image that `ps` shows. A tag that was moved to another image, or was removed, names
 * the container's image no more: as in dockerd its id stands there then. Each name is looked up once.
 */
export async function withImageNames(images: Pick<ImageStore, "get">, records: readonly ContainerRecord[]): Promise<ContainerRecord[]> {
  const ids = new Map<string, Promise<string | undefined>>();
  const idOf = (name: string): Promise<string | undefined> => {
    const id = ids.get(name) ?? idOfImage(images, name);
    ids.set(name, id);
    return id;
  };
  return Promise.all(
    records.map(async (record) => {
      const { imageId, config } = record;
      return { ...record, imageName: (await idOf(config.Image)) === imageId ? config.Image : imageId };
    }),
  );
}

async function idOfImage(images: Pick<ImageStore, "get">, name: string): Promise<string | undefined> {
  try {
    return (await images.get(name)).id;
  } catch (error) {
    if (isOrielError(error, "NotFound") || isOrielError(error, "InvalidArgument")) return undefined;
    throw error;
  }
}
