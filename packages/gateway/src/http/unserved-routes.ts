/** Routes of the Docker Engine API that have no handler yet, by what they need, and the sentence for each. */
interface UnservedRoutes {
  /** Why they cannot be served, and what to do instead where there is something. */
  readonly reason: string;
  /** `METHOD /path` as Docker's definition of the API writes it, without a version. `{name}` may hold slashes. */
  readonly routes: readonly string[];
}

const unserved: readonly UnservedRoutes[] = [
  {
    reason: "this version of Oriel cannot build images; load one from an archive, or commit a container",
    routes: ["POST /build", "POST /build/prune", "POST /build/cancel", "POST /session", "POST /grpc"],
  },
  {
    reason: "this version of Oriel does not talk to registries; load images from an archive",
    routes: ["POST /images/{name}/push", "GET /images/search", "GET /distribution/{name}/json", "POST /auth"],
  },
  {
    reason: "this version of Oriel cannot save images to an archive",
    routes: ["GET /images/{name}/get", "GET /images/get"],
  },
  {
    reason: "this version of Oriel cannot prune images; remove them by their names",
    routes: ["POST /images/prune"],
  },
  {
    reason: "this version of Oriel cannot copy files from or to a container; mount a folder of the host instead",
    routes: ["HEAD /containers/{id}/archive", "GET /containers/{id}/archive", "PUT /containers/{id}/archive", "POST /containers/{id}/copy"],
  },
  {
    reason: "this version of Oriel does not attach over a WebSocket; attach with POST /containers/{id}/attach",
    routes: ["GET /containers/{id}/attach/ws"],
  },
  {
    reason: "Oriel makes no checkpoints: Windows has none of a container",
    routes: ["GET /containers/{id}/checkpoints", "POST /containers/{id}/checkpoints", "DELETE /containers/{id}/checkpoints/{name}"],
  },
  {
    reason: "Oriel takes no plugins of Docker's",
    routes: [
      "GET /plugins",
      "GET /plugins/privileges",
      "POST /plugins/pull",
      "POST /plugins/create",
      "GET /plugins/{name}/json",
      "DELETE /plugins/{name}",
      "POST /plugins/{name}/enable",
      "POST /plugins/{name}/disable",
      "POST /plugins/{name}/upgrade",
      "POST /plugins/{name}/push",
      "POST /plugins/{name}/set",
    ],
  },
  {
    reason: "Oriel is a single engine and has no swarm",
    routes: [
      "PUT /volumes/{name}",
      "GET /swarm",
      "POST /swarm/init",
      "POST /swarm/join",
      "POST /swarm/leave",
      "POST /swarm/update",
      "GET /swarm/unlockkey",
      "POST /swarm/unlock",
      "GET /nodes",
      "GET /nodes/{id}",
      "DELETE /nodes/{id}",
      "POST /nodes/{id}/update",
      "GET /services",
      "POST /services/create",
      "GET /services/{id}",
      "DELETE /services/{id}",
      "POST /services/{id}/update",
      "GET /services/{id}/logs",
      "GET /tasks",
      "GET /tasks/{id}",
      "GET /tasks/{id}/logs",
      "GET /secrets",
      "POST /secrets/create",
      "GET /secrets/{id}",
      "DELETE /secrets/{id}",
      "POST /secrets/{id}/update",
      "GET /configs",
      "POST /configs/create",
      "GET /configs/{id}",
      "DELETE /configs/{id}",
      "POST /configs/{id}/update",
    ],
  },
];

/** Every route that is known and not served. */
export const unservedRoutes: readonly string[] = unserved.flatMap(({ routes }) => routes);

const patterns = unserved.flatMap(({ reason, routes }) => routes.map((route) => ({ reason, pattern: patternOf(route) })));

/** Why a request that no handler takes cannot be served, where its route is one of the API's; undefined for others. */
export function unservedReason(method: string, url: string): string | undefined {
  const [path = ""] = url.split("?");
  return patterns.find(({ pattern }) => pattern.test(`${method} ${path}`))?.reason;
}

/** Names of images and plugins are written with their slashes, ids never hold one. */
function patternOf(route: string): RegExp {
  const source = route.replaceAll("{name}", ".+").replaceAll("{id}", "[^/]+");
  return new RegExp(`^${source}$`);
}
