/** Names and sizes of the format that ImportLayer reads and ExportLayer writes. */
export const transport = {
  /** Beside each directory `X`: its attributes and backup stream. */
  directorySuffix: ".$wcidirs$",
  /** Bytes of attributes before a backup stream. */
  attributesSize: 4,
  tombstones: "tombstones.txt",
  tombstonesHeader: "\ufeffVersion 1.0\n",
} as const;
