// Lists of options as -o takes them: `a,b=c`.

/**
 * A backslash takes away the meaning of the comma or backslash behind it; with three octal digits it is that
 * byte (lib/fuse_opt.c process_real_option_group()). Empty items are left out.
 */
export function splitOptionList(list: string): string[] {
  const items: Buffer[][] = [[]]
  for (const [part] of list.matchAll(/\\[0-3][0-7]{2}|\\.|\\$|,|[^\\,]+/gs)) {
    if (part === ',') items.push([])
    else items.at(-1)?.push(part.startsWith('\\') ? unescaped(part.slice(1)) : Buffer.from(part))
  }
  return items.map((parts) => Buffer.concat(parts).toString()).filter((text) => text !== '')
}

/** What stands behind a backslash; one at the end of the list stands for itself. */
function unescaped(behind: string): Buffer {
  if (behind.length === 3) return Buffer.of(Number.parseInt(behind, 8))
  return Buffer.from(behind || '\\')
}

/** The name, and what stands behind the first '='. */
export function splitOption(text: string): readonly [name: string, value: string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}
