export { renderTypes } from "./render-types.ts";
