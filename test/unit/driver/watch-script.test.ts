// What is watched on a host, and what its lines mean.
import { describe, expect, it } from 'vitest'
import { LineReader } from '../../../src/driver/systemd/line-reader.ts'
import { watchGroups, watchReader, watchScript } from '../../../src/driver/systemd/watch-script.ts'

const prometheus = {
  paths: ['/etc/homeostat/prometheus/a.yml', '/etc/homeostat/prometheus/b.yml', '/srv/x y/c.conf', '/etc/hosts'],
  units: ['prometheus.service'],
}
const watched = {
  components: { prometheus, shared: { paths: ['/etc/hosts'], units: ['prometheus.service', 'b.timer'] } },
}

describe('what is watched together', () => {
  it('takes directories below /etc, and files elsewhere', () => {
    expect(watchGroups(watched)).toEqual([
      { component: undefined, paths: ['/var/lib/dpkg/status'] },
      { component: 'prometheus', paths: ['/etc/homeostat/prometheus', '/etc/hosts', '/srv/x y/c.conf'] },
      { component: 'shared', paths: ['/etc/hosts'] },
    ])
  })

  it('leaves out what would take too many watches', () => {
    const paths = Array.from({ length: 2000 }, (_, i) => `/srv/${i}`)
    const groups = watchGroups({ components: { big: { paths, units: [] }, next: { paths: ['/srv/a'], units: [] } } })
    expect(groups.flatMap((group) => group.paths)).toHaveLength(500)
  })

  it('never names what no host can have', () => {
    const odd = {
      components: { odd: { paths: ['/a\nb', 'relative', '/..'], units: ['x', '--all', 'a.service; reboot'] } },
    }
    const script = watchScript(odd, { shell: '', program: '' }, 'homeostat-watch-0')
    expect(watchGroups(odd)).toHaveLength(1)
    expect(script).not.toMatch(/reboot|--all|relative/)
  })
})

describe('lines of the channel', () => {
  const read = watchReader(watched)

  it.each([
    ['ready', { kind: 'ready' }],
    ['', undefined],
    ['! Failed to start', { kind: 'unwatched', message: 'Failed to start' }],
    ['! \u001b[2J', { kind: 'unwatched', message: '\\e[2J' }],
    ['+ 0', { kind: 'changed' }],
    ['+ 2', { kind: 'changed', components: ['shared'] }],
    ['+ 3', undefined],
    ['+ __proto__', undefined],
    ['{"UNIT":"prometheus.service"}', { kind: 'changed', components: ['prometheus', 'shared'] }],
    ['{"UNIT":"somebody-elses.service"}', undefined],
    ['{"UNIT":["prometheus.service"]}', undefined],
    ['{"UNIT":', { kind: 'changed' }],
    ['null', undefined],
    ['{"UNIT":"__proto__"}', undefined],
  ])('%j', (line, event) => {
    expect(read(line)).toEqual(event)
  })
})

describe('lines out of bytes', () => {
  const linesOf = (...chunks: Buffer[]) => {
    const lines: string[] = []
    const reader = new LineReader((line) => lines.push(line))
    for (const chunk of chunks) reader.add(chunk)
    return lines
  }

  it('puts together what arrives in pieces, also within a character', () => {
    const bytes = Buffer.from('für\nzwei\n')
    expect(linesOf(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(['für', 'zwei'])
  })

  it('drops a line that does not end, and reads on after it', () => {
    expect(linesOf(Buffer.alloc(200_000, 'x'), Buffer.from('y\nnext\n'))).toEqual(['next'])
  })
})
