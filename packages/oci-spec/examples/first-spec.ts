import { createSpec, mergeImageConfig } from "@oriel/oci-spec";

const image = { Cmd: ["powershell.exe"], Env: ["PATH=C:\\Windows\\system32;C:\\Windows"] };
const config = mergeImageConfig({ Image: "app", Cmd: ["ping.exe", "-n", "1", "two words"], Env: ["Path=C:\\tools"] }, image);

const { spec, warnings } = createSpec({
  id: "4f0c5a3c9d1e",
  config,
  hostConfig: { NanoCpus: 1_500_000_000, Memory: 512 * 1024 * 1024 },
  os: "windows",
  defaultIsolation: "process",
  processors: 4,
  layerFolders: ["C:\\layers\\base", "C:\\layers\\scratch"],
  volumePath: "\\\\?\\Volume{3f2504e0-4f89-11d3-9a0c-0305e82c3301}\\",
  mounts: [{ source: "C:\\data", destination: "C:\\data", readOnly: true }],
  network: { endpoints: [{ network: "nat", endpointId: "7a010682-17e0-4455-a838-02e5d9655fe6" }] },
  hasBeenStartedBefore: false,
});

console.log(spec.process?.env); // [ 'Path=C:\\tools' ]
console.log(spec.windows?.resources); // { memory: { limit: 536870912 }, cpu: { maximum: 3750 } }
console.log(warnings); // []
