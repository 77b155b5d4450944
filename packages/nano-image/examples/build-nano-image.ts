import { buildNanoImage } from "@oriel/nano-image";

const image = await buildNanoImage({ output: "nano.tar" });
console.log(`${image.tags.join(", ")}: ${Math.round(image.unpackedBytes / 1e6)} MB of ${image.wineVersion}`);
