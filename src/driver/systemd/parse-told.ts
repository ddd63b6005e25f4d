// What `head --verbose` of scripts/observe.sh puts together, each under its heading (man head): the units as systemctl shows them, what
// processes have loaded, the records of components. Pure.
import { AnswerError } from './frames.ts'
import { STATE } from './names.ts'
import { printableLine } from './printable.ts'

const FIRST = '==> standard input <==\n'
const FIRST_RECORD = `\n==> ${STATE}/components/`

/** `loaded` and `records` with their headings. Throws `AnswerError` where the first heading is not there. */
export function textsTold(section: string): { units: string; loaded: string; records: string } {
  if (!section.startsWith(FIRST)) throw new AnswerError(`what is told begins with ${printableLine(section)}`)
  const at = section.indexOf(FIRST_RECORD)
  const [told, records] = at < 0 ? [section, ''] : [section.slice(0, at), section.slice(at)]
  const end = told.indexOf('\n==> ')
  const units = end < 0 ? told.slice(FIRST.length) : told.slice(FIRST.length, end)
  return { units, loaded: end < 0 ? '' : told.slice(end), records }
}
