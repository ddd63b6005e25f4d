// The dashboards that are shipped, as Grafana gets them: whole, without overlaps, and with questions that Prometheus understands.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { askedByDashboards } from '../../../src/catalog/asked-of-prometheus.ts'
import { dashboardModels } from '../../../src/catalog/grafana-dashboards.ts'
import { catalog } from '../../../src/catalog/registry.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'
import { filledIn } from '../../support/asked-queries.ts'

const FOLDER = join(import.meta.dirname, '../../../desired-state/dashboards')
const texts = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [`dashboards/${name}`, readFileSync(join(FOLDER, name), 'utf8')]),
)
const { desired } = readDesiredState(texts, {}, catalog)
const dashboards = dashboardModels({ dashboards: desired.dashboards ?? [], file: () => undefined })

interface Place {
  x: number
  y: number
  w: number
  h: number
}
interface Panel {
  id: number
  type: string
  title: string
  gridPos: Place
  targets?: { expr: string; refId: string }[]
}

test('are those that are promised', () => {
  expect(desired.issues).toEqual([])
  const names = ['caddy', 'homeostat', 'loki', 'machines', 'postgresql', 'prometheus', 'unbound']
  expect(dashboards.map(({ name }) => name)).toEqual(names)
  const page = readFileSync(join(FOLDER, '../../docs/alerting.md'), 'utf8')
  for (const { model } of dashboards) expect(page).toContain(`\n| ${model.title} | `)
})

describe.each(dashboards)('$name', ({ model }) => {
  const panels = model.panels as Panel[]
  const overlaps = (a: Place, b: Place) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

  test('has panels that Grafana can tell apart, side by side', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, gridPos } of panels) expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    for (const one of panels)
      for (const other of panels.filter(({ id }) => id > one.id))
        expect(overlaps(one.gridPos, other.gridPos), `${one.title} and ${other.title}`).toBe(false)
  })

  test('asks something in every panel, of variables that it has', () => {
    const variables = (model.templating as { list: { name: string }[] }).list.map(({ name }) => name)
    const known = new Set([...variables, '__rate_interval', '__auto'])
    for (const { type, title, targets = [] } of panels) {
      expect(targets.length > 0, title).toBe(type !== 'row')
      for (const { expr } of targets)
        for (const [, name = ''] of expr.matchAll(/\$(\w+)/g)) expect(known, `$${name} in ${title}`).toContain(name)
    }
    const used = JSON.stringify(panels)
    for (const name of variables) expect(used, `$${name}`).toContain(`$${name}`)
  })
})

test('ask what Prometheus understands', () => {
  const questions = askedByDashboards(dashboards)
  expect(questions.length).toBeGreaterThan(120)
  const rules = questions.map(({ expr }, index) => ({ record: `question_${index}`, expr: filledIn(expr) }))
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-dashboards-'))
  try {
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'all', rules }] }))
    const said = execFileSync('/usr/bin/promtool', ['check', 'rules', join(folder, 'rules.yml')], { encoding: 'utf8' })
    expect(said).toContain(`${questions.length} rules found`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
