// The rules that are shipped, as they are written to the host: promtool judges every one of them on samples, once where it has to
// fire and once where it has not.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { catalog } from '../../../src/catalog/registry.ts'
import { desire } from '../../../src/controller/desire.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'

const SHIPPED = join(import.meta.dirname, '../../../desired-state')
const CASES = join(import.meta.dirname, '../../fixtures/alert-rules')

const paths = readdirSync(SHIPPED, { recursive: true, encoding: 'utf8' }).filter((path) => /^[^.].*\.yaml$/.test(path))
const texts = Object.fromEntries(paths.map((path) => [path, readFileSync(join(SHIPPED, path), 'utf8')]))
const wish = desire(readDesiredState(texts, {}, catalog).desired, catalog).wishes.get('prometheus@monitoring')
const files = (wish?.kind === 'deploy' ? wish.target.resources : []).flatMap((it) =>
  it.kind === 'file' && /\/prometheus\/(rules\/|expected-targets)/.test(it.path) ? [it] : [],
)

const folder = mkdtempSync(join(tmpdir(), 'homeostat-rules-'))
for (const { path, content } of files) writeFileSync(join(folder, basename(path)), content)
const cases = readdirSync(CASES)
for (const name of cases) cpSync(join(CASES, name), join(folder, `cases-${name}`))
afterAll(() => rmSync(folder, { recursive: true }))

interface Case {
  alert_rule_test: { alertname: string; exp_alerts: unknown[] }[]
}

/** Promtool's word, and what it says where it has an objection. */
function promtool(...words: string[]): string {
  try {
    execFileSync('/usr/bin/promtool', words, { stdio: 'pipe' })
    return 'no objection'
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: Buffer; stderr?: Buffer }
    return `${message}${stdout}${stderr}`
  }
}

test('are all read by promtool, and have no duplicates', () => {
  expect(promtool('check', 'rules', '--lint-fatal', ...files.map(({ path }) => join(folder, basename(path))))).toBe(
    'no objection',
  )
})

describe.each(files.map(({ path }) => basename(path)))('%s', (name) => {
  const written = parse(readFileSync(join(folder, name), 'utf8')) as { groups: { rules: { alert: string }[] }[] }
  const alerts = [...new Set(written.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)))].sort()

  test('fires and is silent as its cases say', () => {
    expect(promtool('test', 'rules', join(folder, `cases-${name}`))).toBe('no objection')
  })

  test('has a case in which each of its alerts fires, and one in which it does not', () => {
    const { tests } = parse(readFileSync(join(CASES, name), 'utf8')) as { tests: Case[] }
    const judged = tests.flatMap(({ alert_rule_test }) => alert_rule_test)
    const namesOf = (fires: boolean) =>
      [...new Set(judged.flatMap((it) => (it.exp_alerts.length > 0 === fires ? [it.alertname] : [])))].sort()
    expect(namesOf(true)).toEqual(alerts)
    // What always fires is never silent.
    expect(namesOf(false)).toEqual(alerts.filter((alert) => alert !== 'Watchdog'))
  })
})

test('all stand in the documentation, whose example is a good one', () => {
  const page = readFileSync(join(SHIPPED, '../docs/alerting.md'), 'utf8')
  const alerts = files.flatMap(({ content }) => [...content.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name))
  expect(alerts.length).toBeGreaterThan(50)
  expect(alerts.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  expect(readDesiredState({ ...texts, 'alertmanager.yaml': example }, {}, catalog).desired.issues).toEqual([])
})

test('no case is left of rules that are gone', () => {
  expect(files.map(({ path }) => basename(path)).sort()).toEqual(cases.sort())
})
