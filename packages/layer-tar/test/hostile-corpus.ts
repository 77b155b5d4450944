import { endOfArchive, type RawMember, rawMember, rawTar } from "./raw-tar.ts";

/** A tar that must not become a layer. */
export interface HostileTar {
  readonly category: string;
  readonly what: string;
  readonly tar: Buffer;
  /** Name that the error must have as its resource; undefined for any, null where there is no entry to be named. */
  readonly names: string | undefined | null;
  /** Where a base layer and a layer on another differ in what they refuse. @default both */
  readonly as?: "base" | "later";
}

/** What honest entries stand before the hostile one: something to be undone. */
const honest: readonly RawMember[] = [
  { name: "Files", flag: "5" },
  { name: "Files/a", content: "alpha" },
  { name: "Files/dir", flag: "5" },
  { name: "Files/dir/b", content: "bee" },
];

/** Any name, also one that a header could not hold. */
const named = (name: string, rest: Partial<RawMember> = {}): RawMember => ({
  name: "placeholder",
  ...rest,
  pax: { ...(rest.pax as object), path: name },
});

function* outside(): Generator<HostileTar> {
  const names = [
    ...[
      "..",
      "../x",
      "../../outside/x",
      "../../../../../../../etc/x",
      "Files/..",
      "Files/../x",
      "Files/../../outside/x",
      "Files/dir/../../../outside/x",
    ],
    ...[
      "Files\\..\\..\\outside\\x",
      "Files/..\\..\\outside/x",
      "Files/./../../x",
      "Files//../../x",
      "./../x",
      "Files/dir/..",
      "Files/ ../x",
      "Files/.. /x",
    ],
    ...[
      "/x",
      "/etc/passwd",
      "//server/share/x",
      "\\x",
      "\\\\server\\share\\x",
      "\\\\?\\C:\\x",
      "\\\\.\\C:\\x",
      "\\??\\C:\\x",
      "\\Device\\HarddiskVolume1\\x",
      "//?/C:/x",
    ],
    ...["C:", "C:x", "C:/x", "c:\\x", "Z:\\Files\\x", "C:/Files/x", "C:../x", "Files/C:/x", "Files/C:\\x"],
    ...[
      "x",
      "etc/x",
      "Other/Files/x",
      "Filesystem/x",
      "File/x",
      "layerchain.json",
      "sandbox.vhdx",
      "blank.vhdx",
      "layout",
      ".oriel/lineage.json",
      "tombstones.txt",
    ],
    ...["UtilityVM/x", "UtilityVM/SystemTemplate.vhdx", "UtilityVM/Files2/x", "UtilityVM/../x"],
  ];
  for (const name of names) {
    for (const flag of ["0", "5"]) {
      yield {
        category: "names that lead out",
        what: `${JSON.stringify(name)} of type ${flag}`,
        tar: rawTar([...honest, named(name, { flag })]),
        names: name,
      };
    }
  }
}

function* devices(): Generator<HostileTar> {
  const devices = [
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "CONIN$",
    "CONOUT$",
    "COM0",
    "COM1",
    "COM9",
    "LPT0",
    "LPT1",
    "LPT9",
    "COM¹",
    "COM²",
    "COM³",
    "LPT¹",
    "LPT²",
    "LPT³",
  ];
  const forms = [
    (name: string) => name,
    (name: string) => name.toLowerCase(),
    (name: string) => `${name}.txt`,
    (name: string) => `${name} .tar.gz`,
    (name: string) => `${name}/x`,
  ];
  for (const [index, device] of devices.entries()) {
    // Each device in two forms, each form with several devices.
    for (const form of [forms[index % forms.length], forms[(index + 2) % forms.length]]) {
      const name = `Files/${form?.(device)}`;
      yield { category: "devices", what: JSON.stringify(name), tar: rawTar([...honest, named(name)]), names: name };
    }
  }
}

function* unusableNames(): Generator<HostileTar> {
  const parts = [
    "a.",
    "a..",
    "a ",
    "a. .",
    "...",
    ".. .",
    "a.txt.",
    " ",
    "a\u0000b",
    "a\u0001",
    "a\u001f",
    "a\nb",
    "a\tb",
    "a<b",
    "a>b",
    'a"b',
    "a|b",
    "a?b",
    "a*b",
    "\ud800",
    "\udc00x",
  ];
  const names = [
    ...parts.map((part) => `Files/${part}`),
    "Files/a./x",
    "Files/a /x",
    `Files/${"x".repeat(256)}`,
    `Files/${"ä".repeat(256)}`,
    `Files/${"d/".repeat(600)}x`,
    `Files/${"d/".repeat(200_000)}x`,
  ];
  for (const name of names) {
    // A lone surrogate becomes bytes that are no UTF-8 only by hand: as text it is replaced.
    if (/\p{Surrogate}/u.test(name)) continue;
    yield {
      category: "names that NTFS cannot hold",
      what: `${JSON.stringify(name.slice(0, 60))}, ${name.length} characters`,
      tar: rawTar([...honest, named(name)]),
      names: name,
    };
  }
  const surrogate = Buffer.concat([Buffer.from("Files/"), Buffer.from([0xed, 0xa0, 0x80])]);
  yield {
    category: "names that NTFS cannot hold",
    what: "half a surrogate pair",
    tar: rawTar([...honest, { name: surrogate }]),
    names: surrogate.toString(),
  };
  yield {
    category: "names that NTFS cannot hold",
    what: "bytes that are no UTF-8",
    tar: rawTar([...honest, { name: Buffer.from("Files/\xff", "latin1") }]),
    names: "Files/\ufffd",
  };
  for (const name of ["Files/a.$wcidirs$", "Files/x.$WCIDIRS$", "Files.$wcidirs$", "Files/d.$wcidirs$/x"]) {
    yield { category: "names of the layer's own", what: name, tar: rawTar([...honest, named(name)]), names: name };
  }
}

function* streams(): Generator<HostileTar> {
  const names = [
    "Files/a:",
    "Files/a::",
    "Files/a::$DATA",
    "Files/a:s:$INDEX_ALLOCATION",
    "Files/a:s:$DATA:x",
    "Files/dir:s/b",
    "Files:s/a",
    "Files/a:s/..",
    "Files/a:..\\b",
    "Files/a:s\\b",
    ":s",
    "Files/:s",
    "Files/a::$INDEX_ALLOCATION",
    "Files/dir:$I30:$INDEX_ALLOCATION",
    "Files/a:s|t",
    "Files/a:\u0001",
  ];
  for (const name of names)
    yield {
      category: "streams in odd places",
      what: JSON.stringify(name),
      tar: rawTar([...honest, { name: "Files/a2" }, named(name)]),
      names: name,
    };
  const after = (what: string, member: RawMember, before: readonly RawMember[] = []): HostileTar => {
    return { category: "streams in odd places", what, tar: rawTar([...honest, ...before, member]), names: String(member.name) };
  };
  yield after("of no file", { name: "Files/none:s" });
  yield after("of an earlier file", { name: "Files/a:s" });
  yield after("after a link to its file", { name: "Files/a:s" }, [{ name: "Files/h", flag: "1", link: "Files/a" }]);
  yield after("that is a folder", { name: "Files/dir/b:s", flag: "5" });
  yield after("that is a link", { name: "Files/dir/b:s", flag: "2", link: "x" });
  yield after("that is a hard link", { name: "Files/dir/b:s", flag: "1", link: "Files/a" });
  yield { ...after("of a hive", { name: "Hives/h:s" }, [{ name: "Hives/h" }]), as: "later" };
}

function* links(): Generator<HostileTar> {
  const hard = [
    "/etc/passwd",
    "../../outside/keep",
    "Files/../../outside/keep",
    "C:\\Windows\\x",
    "\\\\server\\x",
    "outside/keep",
    "",
    ".",
    "Files",
    "Files/dir",
    "Files/none",
    "Files/l",
    "Files/a:s",
    "Files/NUL",
    "Hives/none",
    "UtilityVM/Files/none",
  ];
  for (const link of hard) {
    yield {
      category: "hard links",
      what: `to ${JSON.stringify(link)}`,
      tar: rawTar([...honest, { name: "Files/l", flag: "1", link }]),
      names: "Files/l",
    };
  }
  yield {
    category: "hard links",
    what: "in a circle",
    tar: rawTar([...honest, { name: "Files/x", flag: "1", link: "Files/y" }, { name: "Files/y", flag: "1", link: "Files/x" }]),
    names: "Files/x",
  };
  for (const [what, target] of [
    ["out", "/etc"],
    ["up", "..\\..\\..\\outside"],
    ["to another drive", "D:\\x"],
    ["to a server", "\\\\server\\share"],
    ["to itself", "."],
  ] as const) {
    const link = { name: "Files/l", flag: "2", link: target };
    yield {
      category: "entries through links",
      what: `a file below a link ${what}`,
      tar: rawTar([...honest, link, { name: "Files/l/keep", content: "x" }]),
      names: "Files/l/keep",
    };
    yield {
      category: "entries through links",
      what: `a folder below a link ${what}`,
      tar: rawTar([...honest, link, { name: "Files/L/d", flag: "5" }]),
      names: "Files/L/d",
    };
    yield {
      category: "entries through links",
      what: `a file in place of a link ${what}`,
      tar: rawTar([...honest, link, { name: "Files/l" }]),
      names: "Files/l",
    };
    yield {
      category: "entries through links",
      what: `a hard link below a link ${what}`,
      tar: rawTar([...honest, link, { name: "Files/l/h", flag: "1", link: "Files/a" }]),
      names: "Files/l/h",
    };
    yield {
      category: "entries through links",
      what: `a hard link to what is behind a link ${what}`,
      tar: rawTar([...honest, link, { name: "Files/h", flag: "1", link: "Files/l/keep" }]),
      names: "Files/h",
    };
  }
  const mount = { name: "Files/m", flag: "2", link: "C:\\dir", pax: { "MSWINDOWS.mountpoint": "1", "MSWINDOWS.fileattr": "1040" } };
  yield {
    category: "entries through links",
    what: "a file below a mount point",
    tar: rawTar([...honest, mount, { name: "Files/m/x" }]),
    names: "Files/m/x",
  };
  const chain = Array.from({ length: 40 }, (_, index): RawMember => ({ name: `Files/c${index}`, flag: "2", link: `c${index + 1}` }));
  yield {
    category: "link chains",
    what: "a file below the first of forty links",
    tar: rawTar([...honest, ...chain, { name: "Files/c0/x" }]),
    names: "Files/c0/x",
  };
  yield {
    category: "link chains",
    what: "a hard link through forty links",
    tar: rawTar([...honest, ...chain, { name: "Files/h", flag: "1", link: "Files/c0/x" }]),
    names: "Files/h",
  };
  for (const area of ["Files", "Hives", "UtilityVM", "UtilityVM/Files"]) {
    yield {
      category: "entries through links",
      what: `${area} as a link`,
      tar: rawTar([{ name: area, flag: "2", link: "/etc" }]),
      names: area,
    };
  }
  const links = Array.from({ length: 1024 }, (_, index) => ({ name: `Files/l${index}`, flag: "1", link: "Files/a" }));
  yield { category: "links", what: "1,024 to one file", tar: rawTar([...honest, ...links]), names: "Files/l1023" };
  yield {
    category: "links",
    what: "with a target of 9000 characters",
    tar: rawTar([...honest, { name: "Files/l", flag: "2", pax: { linkpath: "x".repeat(9000) } }]),
    names: "Files/l",
  };
}

function* sizes(): Generator<HostileTar> {
  const binary = (hex: string) => Buffer.from(hex, "hex").toString("latin1");
  const sizes: readonly (readonly [what: string, size: string | number])[] = [
    ["larger than the tar", 4096],
    ["of eight gigabytes", "77777777777\0"],
    ["of no digits", "zzzzzzzzzzz\0"],
    ["with a sign", "-0000000001\0"],
    ["in decimal", "00000000009\0"],
    ["in hexadecimal", "0x000000010\0"],
    ["negative in base 256", binary("ffffffffffffffffffffffff")],
    ["of two to the 62nd in base 256", binary("800000004000000000000000")],
    ["of two to the 94th in base 256", binary("bfffffffffffffffffffffff")],
    ["of a petabyte in base 256", binary("800000000004000000000000")],
  ];
  for (const [what, size] of sizes)
    yield { category: "sizes", what, tar: rawTar([...honest, { name: "Files/s", content: "x", size }]), names: "Files/s" };
  for (const size of ["-1", "1e3", "0x10", "99999999999999999999", "9007199254740993", " 1", "1.5", "NaN"]) {
    yield {
      category: "sizes",
      what: `a PAX size of ${JSON.stringify(size)}`,
      tar: rawTar([...honest, { name: "Files/s", content: "x", pax: { size } }]),
      names: "Files/s",
    };
  }
  for (const flag of ["1", "2", "3", "4", "5", "6"]) {
    yield {
      category: "sizes",
      what: `content of an entry of type ${flag}`,
      tar: rawTar([...honest, { name: "Files/s", flag, link: "Files/a", content: "x" }]),
      names: "Files/s",
    };
  }
}

function* bombs(): Generator<HostileTar> {
  const pax = (body: string, size?: number | string): RawMember => ({
    name: "PaxHeaders/x",
    flag: "x",
    content: body,
    size,
  });
  const file = { name: "Files/p" };
  const bomb = (what: string, members: readonly RawMember[], names?: string): HostileTar => ({
    category: "PAX and GNU headers",
    what,
    tar: rawTar([...honest, ...members]),
    names,
  });
  yield bomb("a header of two megabytes", [pax("x".repeat(2 * 1024 * 1024)), file], "PaxHeaders/x");
  yield bomb("a header that claims eight gigabytes", [pax("", "77777777777\0"), file], "PaxHeaders/x");
  yield bomb(
    "a header that claims a negative size",
    [pax("", Buffer.from("ffffffffffffffffffffffff", "hex").toString("latin1")), file],
    "PaxHeaders/x",
  );
  yield bomb("a long name of two megabytes", [{ name: "L", flag: "L", content: "x".repeat(2 * 1024 * 1024) }, file], "L");
  yield bomb("a long link of two megabytes", [{ name: "K", flag: "K", content: "x".repeat(2 * 1024 * 1024) }, file], "K");
  for (const body of [
    "x",
    "5",
    "99 path=x\n",
    "-9 path=x\n",
    "0 path=x\n",
    "9 path:x\n",
    "9 path=xy",
    "1e1 path=x\n",
    "6 =ab\n",
    "99999999999999999999 a=b\n",
    "10 path=x\n10 path",
    "\0\0\0\0",
  ]) {
    yield bomb(`the record ${JSON.stringify(body)}`, [pax(body), file]);
  }
  yield bomb(
    "a header and no entry",
    [pax("10 path=xy\n")].map((member) => ({ ...member, content: "11 path=abc\n".slice(0, 12) })),
    undefined,
  );
  yield bomb("a long name and no entry", [{ name: "L", flag: "L", content: "Files/x\0" }]);
  const globals = Array.from({ length: 100 }, (_, index) => ({
    name: `g${index}`,
    flag: "g",
    content: `11 k${String(index).padStart(3, "0")}=v\n`.replace(/^11/, "10"),
  }));
  yield bomb("a hundred global records", [...globals, file]);
  yield bomb(
    "a path that is no UTF-8",
    [{ ...file, pax: Buffer.concat([Buffer.from("16 path=Files/"), Buffer.from([0xff, 0x0a])]) }],
    "Files/\ufffd",
  );
  yield bomb("a path that overrides an honest name", [{ ...file, pax: { path: "../outside/x" } }], "../outside/x");
  yield bomb(
    "a global path that overrides an honest name",
    [{ name: "g", flag: "g", content: "21 path=../outside/x\n" }, file],
    "../outside/x",
  );
  yield bomb("a GNU long name that overrides an honest name", [{ name: "L", flag: "L", content: "../outside/x\0" }, file], "../outside/x");
  yield bomb("sparse in GNU's form", [{ ...file, pax: { "GNU.sparse.major": "1", "GNU.sparse.minor": "0" } }], "Files/p");
  yield bomb("sparse in GNU's old form", [{ ...file, flag: "S" }], "Files/p");
  for (const [key, value] of [
    ["MSWINDOWS.fileattr", "x"],
    ["MSWINDOWS.fileattr", "99999999999"],
    ["MSWINDOWS.fileattr", "16"],
    ["MSWINDOWS.rawsd", "?"],
    ["MSWINDOWS.sd", "D:(A;;"],
    ["MSWINDOWS.sd", "O:DA"],
    ["MSWINDOWS.xattr.A", "?"],
    ["MSWINDOWS.xattr.", "QQ=="],
    [`MSWINDOWS.xattr.${"x".repeat(300)}`, "QQ=="],
    ["MSWINDOWS.xattr.BIG", Buffer.alloc(70_000).toString("base64")],
    ["mtime", "soon"],
    ["atime", "1e5"],
    ["ctime", "--1"],
    ["mtime", "-99999999999"],
    ["LIBARCHIVE.creationtime", "999999999999999"],
  ] as const) {
    yield bomb(`${key} of ${JSON.stringify(value.slice(0, 20))}`, [{ ...file, pax: { [key]: value } }], "Files/p");
  }
}

function* twice(): Generator<HostileTar> {
  const pairs: readonly (readonly [what: string, first: RawMember, second: RawMember])[] = [
    ["a file", { name: "Files/x" }, { name: "Files/x" }],
    ["a file with a slash more", { name: "Files/x" }, { name: "Files//x" }],
    ["a file with a dot more", { name: "Files/x" }, { name: "./Files/./x" }],
    ["a file with a backslash", { name: "Files/x" }, { name: "Files\\x" }],
    ["a file in another case", { name: "Files/x" }, { name: "Files/X" }],
    ["a file in another case beyond ASCII", { name: "Files/ärger" }, { name: "Files/ÄRGER" }],
    ["a file in Greek", { name: "Files/σ" }, { name: "Files/Σ" }],
    ["a folder", { name: "Files/d", flag: "5" }, { name: "Files/d", flag: "5" }],
    ["a folder in another case", { name: "Files/d", flag: "5" }, { name: "FILES/D/", flag: "5" }],
    ["a folder for a file", { name: "Files/x" }, { name: "Files/X", flag: "5" }],
    ["a file for a folder", { name: "Files/d", flag: "5" }, { name: "Files/D" }],
    ["a file for a folder with content", { name: "Files/d/x" }, { name: "Files/d" }],
    ["a link for a folder with content", { name: "Files/d/x" }, { name: "Files/d", flag: "2", link: "/etc" }],
    ["a link for a file", { name: "Files/x" }, { name: "Files/X", flag: "2", link: "/etc" }],
    ["a file for a link", { name: "Files/l", flag: "2", link: "/etc/passwd" }, { name: "Files/L", content: "x" }],
    ["a hard link for a file", { name: "Files/x" }, { name: "Files/X", flag: "1", link: "Files/a" }],
    ["a file for a hard link", { name: "Files/h", flag: "1", link: "Files/a" }, { name: "Files/H", content: "x" }],
    ["a file below a file", { name: "Files/x" }, { name: "Files/X/y" }],
    ["a file below a hard link", { name: "Files/h", flag: "1", link: "Files/a" }, { name: "Files/h/y" }],
  ];
  for (const [what, first, second] of pairs) {
    const names = String(second.name).replace(/\/$/, "");
    const shown = { "Files//x": "Files/x", "./Files/./x": "Files/x", "Files\\x": "Files/x", "FILES/D": "Files/D" }[names] ?? names;
    yield { category: "entries twice", what, tar: rawTar([...honest, first, second]), names: shown };
  }
}

function* whiteouts(): Generator<HostileTar> {
  for (const name of [
    "Files/.wh.",
    "Files/.wh..",
    "Files/.wh...",
    "Files/.wh.nul",
    "Files/.wh.a:s",
    "Files/.wh.a.",
    "Files/.wh..wh.x",
    "Files/.wh..wh.plnk",
    "Files/dir/.wh.C:",
  ]) {
    yield { category: "whiteouts", what: name, tar: rawTar([...honest, named(name)]), names: name };
  }
  yield {
    category: "whiteouts",
    what: "that is a folder",
    tar: rawTar([...honest, { name: "Files/.wh.x", flag: "5" }]),
    names: "Files/.wh.x",
  };
  yield {
    category: "whiteouts",
    what: "that is a link",
    tar: rawTar([...honest, { name: "Files/.wh.x", flag: "2", link: "/etc" }]),
    names: "Files/.wh.x",
  };
  yield { category: "whiteouts", what: "of a whole area", tar: rawTar([...honest, { name: ".wh.Files" }]), names: ".wh.Files" };
  yield { category: "whiteouts", what: "of a hive", tar: rawTar([...honest, { name: "Hives/.wh.x" }]), names: "Hives/x" };
  yield { category: "whiteouts", what: "in a base layer", tar: rawTar([...honest, { name: "Files/.wh.x" }]), names: "Files/x", as: "base" };
  yield {
    category: "whiteouts",
    what: "of all in a base layer",
    tar: rawTar([...honest, { name: "Files/dir/.wh..wh..opq" }]),
    names: "Files/dir",
    as: "base",
  };
}

function* kinds(): Generator<HostileTar> {
  for (const [flag, what] of [
    ["3", "a character device"],
    ["4", "a block device"],
    ["6", "a pipe"],
    ["V", "a volume name"],
    ["M", "a continued file"],
    ["D", "a dumped folder"],
    ["N", "an old long name"],
    ["Z", "a kind that nobody knows"],
  ] as const) {
    yield { category: "kinds", what, tar: rawTar([...honest, { name: "Files/k", flag }]), names: "Files/k" };
  }
  yield {
    category: "kinds",
    what: "a checksum that is wrong",
    tar: rawTar([...honest, { name: "Files/k", spoilChecksum: true }]),
    names: undefined,
  };
  yield {
    category: "kinds",
    what: "compressed bytes",
    tar: Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(2000, 7)]),
    names: null,
  };
  yield {
    category: "kinds",
    what: "a block of zeros between entries",
    tar: Buffer.concat([...honest.flatMap(rawMember), Buffer.alloc(512), ...rawMember({ name: "Files/z" }), endOfArchive]),
    names: undefined,
  };
}

/** Cut at each end of a block, and in the middle of each block. */
function* torn(): Generator<HostileTar> {
  const whole = rawTar([
    ...honest,
    { name: "Files/long", content: "x".repeat(1300), pax: { path: `Files/${"y".repeat(120)}` } },
    { name: "Files/z", content: "z" },
  ]);
  // The first block of zeros ends the archive; the second may be missing, as some writers leave it out.
  const needed = whole.length - 512;
  for (let end = 0; end < needed; end += 512) {
    for (const at of [end, end + 1, end + 255, end + 511]) {
      if (at < needed)
        yield { category: "cut short", what: `after ${at} bytes`, tar: whole.subarray(0, at), names: at < 512 ? null : undefined };
    }
  }
}

/** Every tar of the corpus; the same each time. */
export function hostileTars(): HostileTar[] {
  const makers = [outside, devices, unusableNames, streams, links, sizes, bombs, twice, whiteouts, kinds, torn];
  return makers.flatMap((make) => [...make()]);
}
