import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { Type } from "typebox";
import type { GatewayApp } from "./gateway-app.ts";
import { apiVersion } from "./http/api-version.ts";
import { json } from "./schemas/common.ts";

const contentSecurity = {
  "default-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "style-src": ["'self'", "'unsafe-inline'"],
  "frame-ancestors": ["'none'"],
  "object-src": ["'none'"],
};

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="40"><text x="0" y="29" font-family="sans-serif" font-size="28" fill="#fff">Oriel</text></svg>';

/** The document of the routes that are added after this, at `/openapi.json`, and a page that shows it at `/docs`. */
export async function openApi(app: GatewayApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Oriel",
        description: `The Docker Engine API ${apiVersion} of the Windows container engine Oriel. A path may begin with a version, as in \`/v${apiVersion}/info\`.`,
        version,
        license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      },
      servers: [{ url: "/" }],
      tags: [
        { name: "System", description: "The daemon and its host." },
        { name: "Containers", description: "Windows containers." },
        { name: "Execs", description: "Further processes of running containers." },
        { name: "Images", description: "What containers are made from." },
        { name: "Volumes", description: "Folders for containers' data, which outlive them." },
        { name: "Networks", description: "What containers reach each other by." },
        { name: "Documentation", description: "This document." },
      ],
    },
    exposeHeadRoutes: true,
    refResolver: {
      // The default names are def-0, def-1 and so on.
      buildLocalReference: (schema, _base, _fragment, index) => (typeof schema.$id === "string" ? schema.$id : `schema-${index}`),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: contentSecurity,
    theme: { title: "Oriel API" },
    logo: { type: "image/svg+xml", content: Buffer.from(logo), href: "/docs/" },
    // The default sends the document to validator.swagger.io.
    uiConfig: { validatorUrl: null, docExpansion: "list", deepLinking: true, url: "/openapi.json" },
  });
  app.get(
    "/openapi.json",
    {
      schema: {
        tags: ["Documentation"],
        operationId: "OpenApi",
        summary: "This document",
        response: { 200: json(Type.Record(Type.String(), Type.Unknown()), "OpenAPI 3.1.") },
      },
    },
    () => ({ ...app.swagger() }),
  );
}
