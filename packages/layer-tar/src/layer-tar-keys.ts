/** PAX keys of Windows layers, as go-winio's backuptar package writes and reads them. */
export const paxKeys = {
  attributes: "MSWINDOWS.fileattr",
  securityDescriptor: "MSWINDOWS.rawsd",
  /** In words; written before 2016, and read where the other is absent. */
  securityText: "MSWINDOWS.sd",
  mountPoint: "MSWINDOWS.mountpoint",
  extendedAttribute: "MSWINDOWS.xattr.",
  creation: "LIBARCHIVE.creationtime",
} as const;

/** What the name of a whiteout begins with (OCI image specification, "Whiteouts"). */
export const whiteoutPrefix = ".wh.";
export const opaqueName = ".wh..wh..opq";
