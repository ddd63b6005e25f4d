// `homeostat apply` where it does nothing: what it says when a plan no longer stands, and what it leaves to a running controller.
import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LivePlan, PlannedComponent } from '../../../src/cli/composition.ts'
import { stateDir } from '../../support/cli.ts'

const planned = (more: Partial<PlannedComponent> = {}): PlannedComponent => ({
  key: 'web@a',
  revision: 'r1',
  changes: [{ resource: 'file:/etc/x', action: 'update', fields: [{ field: 'mode', from: '0600', to: '0644' }] }],
  live: { '/etc/x': 5 },
  ...more,
})
const planOf = (digest: string | undefined, ...components: PlannedComponent[]): LivePlan => ({
  components,
  issues: [],
  ...(digest === undefined ? {} : { digest }),
})
const THEN = '0123456789ab'
const NOW = 'ba9876543210'

describe('a plan that was shown', () => {
  it('is kept for whoever runs the controller alone, the latest twenty', async () => {
    await using dir = await stateDir()
    for (let at = 0; at < 25; at += 1) await dir.run(['plan'], { plan: planOf(`${at}`.padStart(12, '0'), planned()) })
    const folder = join(dir.path, 'plans')
    expect(await readdir(folder)).toHaveLength(20)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, `${24}`.padStart(12, '0').concat('.json'))).mode & 0o777).toBe(0o600)
  })

  it('that changes nothing is not kept, and has no digest', async () => {
    await using dir = await stateDir()
    const { out } = await dir.run(['plan'], { plan: planOf(undefined, planned({ changes: [] })) })
    expect(out).not.toContain('apply --plan')
    expect(await readdir(dir.path)).toEqual([])
  })
})

describe('a plan that no longer stands', () => {
  it.each<[string, PlannedComponent, string]>([
    ['a host changed', planned({ live: { '/etc/x': 6 } }), 'web@a: /etc/x was changed on the host since'],
    ['the spec changed', planned({ revision: 'r2' }), 'web@a: the spec asks for another revision now'],
    ['a host is silent', { key: 'web@a', problem: 'no answer' }, 'web@a: there is nothing left to be done there'],
    ['the steps changed', planned({ steps: ['put files live'] }), 'files, steps or dependents'],
  ])('is refused with what is different: %s', async (_, now, told) => {
    await using dir = await stateDir()
    await dir.run(['plan'], { plan: planOf(THEN, planned()) })
    const refused = dir.run(['apply', '--plan', THEN], { plan: planOf(NOW, now) })
    await expect(refused).rejects.toThrow(told)
    await expect(refused).rejects.toMatchObject({ exitCode: 1 })
    await expect(refused).rejects.toThrow(`plan ${NOW}`)
  })

  it('says so where nobody knows it', async () => {
    await using dir = await stateDir()
    const refused = dir.run(['apply', '--plan', THEN], { plan: planOf(undefined) })
    await expect(refused).rejects.toThrow(/not made with this state directory.*\nThere is nothing to do now/)
  })
})

describe('a plan that stands', () => {
  it('of what others put there or what was rejected is not for this controller', async () => {
    await using dir = await stateDir()
    const plan = planOf(THEN, planned({ rejected: true }), planned({ key: 'y@a', isAnothers: true }))
    await expect(dir.run(['apply', '--plan', THEN], { plan })).rejects.toThrow('nothing of this plan')
  })

  it('is left to a controller that runs', async () => {
    await using dir = await stateDir()
    const asked: string[] = []
    const server = createServer(async (incoming, response) => {
      asked.push(`${incoming.url} ${(await incoming.toArray()).join('')}`)
      response.writeHead(202).end('{}')
    })
    await new Promise<void>((done) => server.listen(join(dir.path, 'http.sock'), done))
    const { out } = await dir.run(['apply', '--plan', THEN], { plan: planOf(THEN, planned()) })
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    expect(asked).toEqual(['/api/reconcile {"component":"web","host":"a"}'])
    expect(out).toBe('component/web@a is left to the running controller\n')
  })
})
