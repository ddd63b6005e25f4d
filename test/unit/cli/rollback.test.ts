// `homeostat rollback`, `unquarantine` and `diff` as they are called.
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildTarget } from '../../../src/plan/build-target.ts'
import { type StateDir, stateDir } from '../../support/cli.ts'
import { statusOf } from '../../support/statuses.ts'

/** Runs the words beside a controller that gives this answer, and returns what was asked with what was printed. */
async function asked(dir: StateDir, words: string[], status: number, answer: object) {
  let request = ''
  const server = createServer(async (incoming, response) => {
    const body = (await incoming.toArray()).join('')
    request = `${incoming.method} ${incoming.url} ${body}`
    response.writeHead(status).end(JSON.stringify(answer))
  })
  await new Promise<void>((done) => server.listen(join(dir.path, 'http.sock'), done))
  try {
    return { ...(await dir.run(words)), request }
  } finally {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
}

it.each([
  [['rollback', 'x'], 'POST /api/rollback {"component":"x"}'],
  [['rollback', 'x@a', '--to', '4'], 'POST /api/rollback {"component":"x","host":"a","to":4}'],
  [['rollback', 'x@a', '--resume'], 'POST /api/unquarantine {"component":"x","host":"a"}'],
  [['unquarantine', 'x'], 'POST /api/unquarantine {"component":"x"}'],
  [['unquarantine', 'x@a', '3f9a12c4'], 'POST /api/unquarantine {"component":"x","host":"a","revision":"3f9a12c4"}'],
])('%j asks for %s', async (words, request) => {
  await using dir = await stateDir()
  const answer = { keys: ['x@a'], asked: [{ key: 'x@a', does: 'goes back' }] }
  expect(await asked(dir, words, 202, answer)).toMatchObject({ request, out: 'component/x@a goes back\n', exitCode: 0 })
})

it('tells what is not done beside what is', async () => {
  await using dir = await stateDir()
  const answer = { keys: ['x@a'], asked: [{ key: 'x@a', does: 'goes back' }], problems: ['b does not answer'] }
  const { out, err, exitCode } = await asked(dir, ['rollback', 'x'], 202, answer)
  expect([out, err, exitCode]).toEqual(['component/x@a goes back\n', 'b does not answer\n', 1])
})

it('repeats what the controller refuses, and says what to do where none runs', async () => {
  await using dir = await stateDir()
  await expect(asked(dir, ['rollback', 'x'], 409, { error: 'there is no generation' })).rejects.toThrow('no generation')
  await using other = await stateDir()
  await expect(other.run(['rollback', 'x'])).rejects.toThrow(
    /no controller is running on .*: start one with `homeostat run`/,
  )
  await expect(dir.run(['rollback', 'x', '--to', '1', '--resume'])).rejects.toThrow('one of them')
  await expect(dir.run(['rollback', 'x', '--to', 'one'])).rejects.toThrow('expected the number of a generation')
})

describe('diff', () => {
  const target = (content: string, version: string) =>
    buildTarget(
      { component: 'x', host: 'a', type: 'custom' },
      {
        resources: [
          { kind: 'file', path: '/etc/x', content, owner: 'root', group: 'root', mode: 0o644 },
          { kind: 'package', name: 'p', version },
        ],
        probes: [],
      },
    )
  const targets = [target('one\n', '1'), target('two\n', '2'), target('three\n', '2')]
  const [first, second, third] = targets.map(({ revision }) => revision) as [string, string, string]
  const filled = async () => {
    const dir = await stateDir()
    const generations = [
      { number: 4, revision: first, atMs: 1 },
      { number: 6, revision: second, atMs: 1 },
    ]
    const status = statusOf('x@a', { generations, generation: 6, desired: third })
    await dir.write({ statuses: [status, statusOf('y@a'), statusOf('y@b')], targets })
    return dir
  }

  it('shows files and the rest, of two generations', async () => {
    await using dir = await filled()
    const { out, exitCode } = await dir.run(['diff', 'x', '4', '6'])
    expect(exitCode).toBe(1)
    expect(out.replaceAll(first.slice(0, 8), 'FIRST').replaceAll(second.slice(0, 8), 'SECOND')).toMatchInlineSnapshot(`
      "--- /etc/x	generation 4 (FIRST)
      +++ /etc/x	generation 6 (SECOND)
      @@ -1,1 +1,1 @@
      -one
      +two

      WHAT        FIELD     FROM   TO
      package:p   version   1      2
      "
    `)
  })

  it('compares one generation with what is written, and says when they are the same', async () => {
    await using dir = await filled()
    expect((await dir.run(['diff', 'x@a', '6'])).out).toContain('-two\n+three\n')
    const { out, err, exitCode } = await dir.run(['diff', 'x@a', '6', '6'])
    expect([out, exitCode]).toEqual(['', 0])
    expect(err).toMatch(/^generation 6 .* and generation 6 .* of x@a are the same\n$/)
    expect(JSON.parse((await dir.run(['diff', 'x@a', '4', '6', '-o', 'json'])).out)).toMatchObject({
      key: 'x@a',
      files: [{ path: '/etc/x' }],
      fields: [{ subject: 'package:p', field: 'version', from: '1', to: '2' }],
    })
  })

  it.each([
    [['x', '5'], 'there is no generation 5 of x@a; there are: 4, 6'],
    [['x', 'six'], 'expected the number of a generation, not six'],
    [['y', '1'], 'generations are counted on each host: name one, y@a or y@b'],
  ])('refuses %j', async (words, message) => {
    await using dir = await filled()
    await expect(dir.run(['diff', ...words])).rejects.toThrow(message)
  })
})
