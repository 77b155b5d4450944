/// <reference types="node" preserve="true" />
export { buildGateway, type GatewayOptions } from "./build-gateway.ts";
export { describeGateway } from "./describe-gateway.ts";
export type { GatewayApp } from "./gateway-app.ts";
export { apiVersion, minimumApiVersion } from "./http/api-version.ts";
export { type Listening, listen } from "./listeners/listen.ts";
