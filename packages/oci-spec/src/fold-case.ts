const ascii = /^[\0-\x7f]*$/;

/**
 * The form under which Windows compares names that have no case: each UTF-16 unit in upper case by itself. Mappings that
 * would change the length (`ß` to `SS`) are not made, as RtlUpcaseUnicodeChar makes none.
 */
export function foldCase(name: string): string {
  if (ascii.test(name)) return name.toUpperCase();
  let folded = "";
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charAt(index);
    const upper = unit.toUpperCase();
    folded += upper.length === 1 ? upper : unit;
  }
  return folded;
}
