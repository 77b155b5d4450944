// How many specs a second createSpec makes, on one core. Run: node --conditions=oriel-source bench/oci-spec.bench.mjs
// Its peer in the same run is a copy of a ready spec through JSON, which is what storing or sending it costs at least.
import { performance } from "node:perf_hooks";
import { createSpec, mergeImageConfig } from "../packages/oci-spec/src/index.ts";

const wanted = 50_000;
const image = { Cmd: ["cmd.exe"], Env: ["FOO=bar", "PATH=C:\\Windows\\system32;C:\\Windows"] };
const given = { Image: "nano", Cmd: ["cmd.exe", "/c", "echo out"] };

function input(layers, mounts) {
  return {
    id: "c0ffee12".repeat(8),
    config: mergeImageConfig(given, image),
    hostConfig: {},
    os: "windows",
    defaultIsolation: "process",
    processors: 4,
    layerFolders: Array.from({ length: layers }, (_, index) => `C:\\oriel\\layers\\${index}`),
    volumePath: "\\\\?\\Volume{3f2504e0-4f89-11d3-9a0c-0305e82c3301}\\",
    mounts: Array.from({ length: mounts }, (_, index) => ({
      source: `C:\\data\\${index}`,
      destination: `C:\\mnt\\${index}`,
      readOnly: true,
    })),
    network: { endpoints: [{ network: "nat", endpointId: "7a010682-17e0-4455-a838-02e5d9655fe6", allowUnqualifiedDns: true }] },
    hasBeenStartedBefore: false,
  };
}

/** Calls a second: the best of five rounds of half a second, after one to warm up. */
function rate(work) {
  let best = 0;
  for (let round = 0; round < 6; round += 1) {
    const start = performance.now();
    let calls = 0;
    let elapsed = 0;
    while (elapsed < 500) {
      for (let index = 0; index < 100; index += 1) work();
      calls += 100;
      elapsed = performance.now() - start;
    }
    if (round > 0) best = Math.max(best, (calls / elapsed) * 1000);
  }
  return best;
}

const show = (name, value) => console.log(`${name.padEnd(46)} ${Math.round(value).toLocaleString("en").padStart(12)}`);

const plain = input(3, 0);
const { spec } = createSpec(plain);
const perSecond = rate(() => createSpec(plain));
show("plain container, specs a second", perSecond);
show(
  "with the merge of the image's configuration",
  rate(() => createSpec({ ...plain, config: mergeImageConfig(given, image) })),
);
show(
  "peer: copies of the spec through JSON a second",
  rate(() => JSON.parse(JSON.stringify(spec))),
);

const sizes = [10, 100, 1_000, 10_000];
const perItem = sizes.map((size) => {
  const large = input(size, size);
  return 1e9 / rate(() => createSpec(large)) / size;
});
for (const [index, size] of sizes.entries()) show(`${size} layers and mounts, ns for each`, perItem[index]);

console.log(perSecond >= wanted ? `at least ${wanted} specs a second: yes` : `at least ${wanted} specs a second: NO`);
process.exitCode = perSecond >= wanted ? 0 : 1;
