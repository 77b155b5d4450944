import { isOrielError } from "@oriel/contracts";
import type { ListContainersRequest } from "../engine-api.ts";
import type { EngineContext } from "../engine-context.ts";
import type { Container } from "./container.ts";
import { asksForStopped, compileFilters } from "./list-filters.ts";

/** The containers asked for, newest first. */
export async function listContainers(context: EngineContext, request: ListContainersRequest): Promise<Container[]> {
  const { registry, images } = context;
  const { all = false, limit = 0, filters = {} } = request;
  const matches = await compileFilters(filters, {
    find: (ref) => registry.get(ref),
    imageId: async (ref) => {
      try {
        return (await images.get(ref)).id;
      } catch (error) {
        if (isOrielError(error, "NotFound") || isOrielError(error, "InvalidArgument")) return undefined;
        throw error;
      }
    },
  });
  const withStopped = all || limit > 0 || asksForStopped(filters);
  const found = registry
    .visible()
    .filter((container) => (withStopped || container.isRunning) && matches(container))
    .reverse()
    .sort((a, b) => b.data.createdAt.getTime() - a.data.createdAt.getTime());
  return limit > 0 ? found.slice(0, limit) : found;
}
