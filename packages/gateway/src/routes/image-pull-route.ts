import { UnimplementedError } from "@oriel/contracts";
import { Type } from "typebox";
import type { GatewayApp } from "../gateway-app.ts";
import { failures } from "../schemas/common.ts";

/** `POST /images/create`: refused without a look at the body, which is an archive of any kind for an import. */
export function imagePullRoute(app: GatewayApp): void {
  app.post(
    "/images/create",
    {
      schema: {
        tags: ["Images"],
        operationId: "ImageCreate",
        summary: "Pull an image (not in this version)",
        querystring: Type.Object({
          fromImage: Type.Optional(Type.String()),
          fromSrc: Type.Optional(Type.String()),
          tag: Type.Optional(Type.String()),
          platform: Type.Optional(Type.String()),
        }),
        response: failures(501),
      },
    },
    ({ query }) => {
      const image = familiarName(query.fromImage ?? query.fromSrc ?? "", query.tag ?? "");
      const remedy = "Load it from an archive: docker load -i FILE.";
      throw new UnimplementedError(`pulling and importing images is not available in this version of Oriel: ${image}`, {
        op: "image.pull",
        remedy,
      });
    },
  );
}

/** `docker.io/library/app` and `1` as the user wrote them: `app:1`. */
function familiarName(name: string, tag: string): string {
  const short = name.replace(/^docker\.io\/(library\/)?/, "");
  if (tag === "") return short;
  return tag.startsWith("sha256:") ? `${short}@${tag}` : `${short}:${tag}`;
}
