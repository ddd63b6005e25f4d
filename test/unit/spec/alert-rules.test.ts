// AlertRules documents: what may stand in them, and what they come to.
import { expect, test } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'

function read(groups: string) {
  const text = `apiVersion: homeostat/v1\nkind: AlertRules\nmetadata: { name: nodes }\nspec:\n  groups:\n${groups}`
  const { desired } = readDesiredState({ 'rules.yaml': text }, {}, catalog)
  const problems = desired.issues.map(({ line, column, path, message }) => [line, column, path, message])
  return { rules: desired.alertRules, problems, suggestions: desired.issues.map(({ suggestion }) => suggestion) }
}

const group = (...rules: string[]) =>
  `    - name: up\n      rules:\n${rules.map((rule) => `        - ${rule}\n`).join('')}`

test('groups stand in the words of Prometheus, and nothing is added to them', () => {
  const { rules, problems } = read(
    `    - name: up
      interval: 1h30m
      limit: 5
      rules:
        - record: job:up:sum
          expr: sum by (job) (up)
        - alert: ServiceDown
          expr: up == 0
          for: 1m
          labels: { severity: critical }
          annotations: { summary: "{{ $labels.job }} is down" }
`,
  )
  expect(problems).toEqual([])
  const alert = { alert: 'ServiceDown', expr: 'up == 0', for: '1m', labels: { severity: 'critical' } }
  expect(rules).toEqual([
    {
      name: 'nodes',
      groups: [
        {
          name: 'up',
          interval: '1h30m',
          limit: 5,
          rules: [
            { record: 'job:up:sum', expr: 'sum by (job) (up)' },
            { ...alert, annotations: { summary: '{{ $labels.job }} is down' } },
          ],
        },
      ],
    },
  ])
})

test.each([
  ['neither alert nor record', group('{ expr: up }'), [8, 11, 'spec.groups[0].rules[0]', 'expected either alert or']],
  ['both', group('{ alert: A, record: a, expr: up }'), [8, 11, 'spec.groups[0].rules[0]', 'expected either alert or']],
  [
    'a recorded metric that waits',
    group('{ record: a, expr: up, for: 1m }'),
    [8, 39, 'spec.groups[0].rules[0].for', 'has no meaning beside record'],
  ],
  ['no expression', group('{ alert: A }'), [8, 11, 'spec.groups[0].rules[0].expr', 'required: expected text']],
  [
    'a duration of another kind',
    group('{ alert: A, expr: up, for: 5 min }'),
    [8, 38, 'spec.groups[0].rules[0].for', 'expected a duration as Prometheus writes it'],
  ],
  [
    'a label that is none',
    group('{ alert: A, expr: up, labels: { the-team: x } }'),
    [8, 43, 'spec.groups[0].rules[0].labels.the-team', 'expected the name of a label'],
  ],
  [
    'a label that is a number',
    group('{ alert: A, expr: up, labels: { team: 1 } }'),
    [8, 49, 'spec.groups[0].rules[0].labels.team', 'put numbers in quotes, found a number'],
  ],
  [
    'a metric that is none',
    group('{ record: a-b, expr: up }'),
    [8, 21, 'spec.groups[0].rules[0].record', 'the name of a metric'],
  ],
  [
    'a group of nothing',
    '    - { name: up, rules: [] }\n',
    [6, 26, 'spec.groups[0].rules', 'expected at least 1 entry'],
  ],
  [
    'a name used twice',
    group('{ alert: A, expr: up }').repeat(2),
    [9, 13, 'spec.groups[1].name', 'group "up" occurs twice'],
  ],
])('%s is told with its place', (_, groups, [line, column, path, message]) => {
  const { problems } = read(groups)
  expect(problems).toEqual([[line, column, path, expect.stringContaining(String(message))]])
})

test('a misspelt field is told with what was meant', () => {
  const { problems, suggestions } = read(group('{ alert: A, exp: up, anotations: {} }'))
  const path = 'spec.groups[0].rules[0].anotations'
  expect(problems).toContainEqual([8, 32, path, 'there is no field "anotations" here'])
  expect(suggestions).toContain('annotations')
})
