// Drop-ins and units, and the words in them that systemd would otherwise read its own way.
import { describe, expect, test } from 'vitest'
import { debianService, quoteSetting, quoteWord } from '../../../src/catalog/service.ts'

// The expected texts were given to systemd 252 as ExecStart= and read back from the process's own command line.
describe('a word of a unit file', () => {
  test.each([
    ['--web.listen-address=127.0.0.1:9090', '--web.listen-address=127.0.0.1:9090'],
    ['--cluster.listen-address=', '--cluster.listen-address='],
    ['--storage.tsdb.path=/srv/time series', '"--storage.tsdb.path=/srv/time series"'],
    ['--web.page-title=50% of $HOME', '"--web.page-title=50%% of $$HOME"'],
    ['say "hi" \\ bye', '"say \\"hi\\" \\\\ bye"'],
  ])('%s is written as %s', (word, written) => expect(quoteWord(word)).toBe(written))

  test('keeps its dollar sign where it is no command line', () => {
    expect(quoteSetting('/srv/$x 5%')).toBe('"/srv/$x 5%%"')
  })
})

describe('a Debian service run our way', () => {
  const [directory, dropIn, unit] = debianService('a.service', {
    run: ['/bin/a', '--b'],
    service: ['NoNewPrivileges=yes'],
  })

  test('leaves the unit of the package alone and adds a drop-in beside it', () => {
    expect(directory).toMatchObject({ kind: 'directory', path: '/etc/systemd/system/a.service.d' })
    expect(dropIn).toMatchObject({ kind: 'file', path: '/etc/systemd/system/a.service.d/homeostat.conf' })
  })

  test('takes no argument and no environment from the package', () => {
    expect(dropIn).toMatchObject({
      content: expect.stringContaining(
        '\nEnvironmentFile=\nExecStart=\nExecStart=/bin/a \\\n  --b\nNoNewPrivileges=yes\n',
      ),
    })
  })

  test('is enabled, runs, and restarts when its flags change', () => {
    expect(unit).toEqual({
      kind: 'unit',
      name: 'a.service',
      enabled: true,
      running: true,
      restartOn: ['file:/etc/systemd/system/a.service.d/homeostat.conf'],
      reloadOn: [],
    })
  })
})
