const ascii = /^[\0-\x7f]*$/;

/**
 * Returns the form of a name that is the same for all its cases, as Windows compares file names, names of variables and the like: each
 * UTF-16 unit becomes one other, the same in every language, and characters beyond the basic plane have no case. NTFS keeps this table in
 * `$UpCase`, a copy of the system's own (http://archives.miloush.net/michkap/archive/2005/01/16/353873.html), which has those pairs alone
 * whose lower case leads back: `ı`, `ſ`, `ς` and `µ` stay as they are. Wine has the same table in l_intl.nls, which a test compares.
 */
export function foldName(name: string): string {
  if (ascii.test(name)) return name.toUpperCase();
  let folded = "";
  for (let index = 0; index < name.length; index += 1) folded += upperUnit(name.charAt(index));
  return folded;
}

function upperUnit(unit: string): string {
  const upper = unit.toUpperCase();
  if (upper.length === 1) return upper.toLowerCase() === unit ? upper : unit;
  // Greek letters with an iota below: JavaScript makes two letters of them, while the single capital is 8 or 9 places on.
  const capital = [8, 9].map((step) => String.fromCharCode(unit.charCodeAt(0) + step)).find((each) => each.toLowerCase() === unit);
  return capital ?? unit;
}
