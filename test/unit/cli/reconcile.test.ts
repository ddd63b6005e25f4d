// `homeostat reconcile` as it is called: what it asks a running controller for, and what it says when called wrongly.
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type StateDir, stateDir } from '../../support/cli.ts'

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
    const { out } = await dir.run(['reconcile', ...words])
    return [request, out]
  } finally {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
}

it.each([
  [['loki'], 'POST /api/reconcile {"component":"loki"}', 'is looked at now'],
  [['loki@dns'], 'POST /api/reconcile {"component":"loki","host":"dns"}', 'is looked at now'],
  [['--confirm-removal', 'loki'], 'POST /api/confirm-removal {"component":"loki"}', 'may be removed'],
  [['loki@dns', '--confirm-removal'], 'POST /api/confirm-removal {"component":"loki","host":"dns"}', 'may be removed'],
  [['--confirm-removal', '--all', '3f9a'], 'POST /api/confirm-removal {"all":"3f9a"}', 'may be removed'],
])('%j asks for %s', async (words, request, says) => {
  await using dir = await stateDir()
  const isConfirmed = words.includes('--confirm-removal')
  const answer = { keys: ['loki@dns'], ...(isConfirmed ? {} : { asked: [{ key: 'loki@dns', does: says }] }) }
  expect(await asked(dir, words, 202, answer)).toEqual([request, `component/loki@dns ${says}\n`])
})

it('--unfreeze asks for all hosts, and stands alone', async () => {
  await using dir = await stateDir()
  expect(await asked(dir, ['--unfreeze'], 202, {})).toEqual(['POST /api/unfreeze {}', 'what waited goes on\n'])
  await using other = await stateDir()
  await expect(asked(other, ['--unfreeze'], 409, { error: 'nothing is frozen' })).rejects.toThrow('nothing is frozen')
  await expect(dir.run(['reconcile', '--unfreeze', 'loki'])).rejects.toThrow('stands alone')
})

it('repeats what the controller refuses', async () => {
  await using dir = await stateDir()
  const refused = asked(dir, ['--confirm-removal', '--all', '3f9a'], 409, { error: 'others wait now' })
  await expect(refused).rejects.toThrow('others wait now')
})

it.each([[['--all', '3f9a']], [['--confirm-removal', '--all', '3f9a', 'loki']], [['--confirm-removal']], [[]]])(
  '%j says how it is called',
  async (words) => {
    await using dir = await stateDir()
    await expect(dir.run(['reconcile', ...words])).rejects.toThrow(
      /homeostat reconcile COMPONENT|--all DIGEST goes with/,
    )
  },
)
