// Puts what client commands need into dist/main.js: reading a hundred small files takes several times as long as all that
// `oriel ps` does. What only the daemon, or a rare command, needs stays outside, as it is loaded when it is used.
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const inside = /^(\.|\/|commander$|@oriel\/(client|contracts|kernel)$)/;

await build({
  input: `${dist}main.js`,
  platform: "node",
  external: (id) => !inside.test(id),
  plugins: [
    {
      name: "loaded-when-used",
      // As the bundle lies in dist/ itself, a path from there.
      resolveId: (id) => {
        const [, path] = /^\.\.\/((?:daemon|spec)\/.*)$/.exec(id) ?? [];
        return path === undefined ? undefined : { id: `./${path}`, external: true };
      },
    },
  ],
  output: { file: `${dist}main.js`, format: "esm", minify: { compress: false, mangle: false, codegen: true }, codeSplitting: false },
});
