// Paths with wildcards. Takes time in proportion to pattern times path, whatever the pattern.

/** Whether the whole path fits: `*` and `?` stand for what is within one name, a name of `**` for any number of directories. */
export function matchesGlob(glob: string, path: string): boolean {
  const isAnyPath = (name: string) => name === '**'
  return fits(glob.split('/'), path.split('/'), isAnyPath, matchesName)
}

function matchesName(glob: string, name: string): boolean {
  return fits(
    [...glob],
    [...name],
    (character) => character === '*',
    (wanted, character) => wanted === '?' || wanted === character,
  )
}

/** Items of the pattern for which `isAny` holds stand for any number of items; a later one takes back no more than the last. */
function fits(
  pattern: string[],
  items: string[],
  isAny: (wanted: string) => boolean,
  isOne: (wanted: string, item: string) => boolean,
): boolean {
  let [at, item, anyAt, anyFrom] = [0, 0, -1, 0]
  while (item < items.length) {
    const wanted = pattern[at]
    if (wanted !== undefined && isAny(wanted)) {
      anyAt = at
      anyFrom = item
      at += 1
    } else if (wanted !== undefined && isOne(wanted, items[item] ?? '')) {
      at += 1
      item += 1
    } else if (anyAt >= 0) {
      anyFrom += 1
      item = anyFrom
      at = anyAt + 1
    } else return false
  }
  return pattern.slice(at).every(isAny)
}
