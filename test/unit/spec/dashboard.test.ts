// Dashboard documents: what may stand in them, and what they come to.
import { expect, test } from 'vitest'
import { catalog } from '../../../src/catalog/registry.ts'
import { readDesiredState } from '../../../src/spec/desired-state.ts'

const dashboard = (name: string, spec: string) =>
  `apiVersion: homeostat/v1\nkind: Dashboard\nmetadata: { name: ${name} }\nspec: ${spec}\n`

function read(...documents: string[]) {
  const { desired } = readDesiredState({ 'dashboards.yaml': documents.join('---\n') }, {}, catalog)
  return {
    dashboards: desired.dashboards,
    problems: desired.issues.map(({ line, path, message }) => [line, path, message]),
  }
}

test('a dashboard is a map, its text, or a file, and they come by name', () => {
  const { dashboards, problems } = read(
    dashboard('nodes', '{ folder: Machines, jsonFrom: dashboards/nodes.json }'),
    dashboard('logs', `{ json: '{ "title": "Logs" }' }`),
    dashboard('alerts', '{ json: { title: Alerts } }'),
  )
  expect(problems).toEqual([])
  expect(dashboards).toEqual([
    { name: 'alerts', folder: '', content: { json: { title: 'Alerts' } } },
    { name: 'logs', folder: '', content: { json: { title: 'Logs' } } },
    { name: 'nodes', folder: 'Machines', content: { from: 'dashboards/nodes.json' } },
  ])
})

test.each([
  ['neither a model nor a file', '{}', 'expected one of board, json and jsonFrom'],
  ['both', '{ json: {}, jsonFrom: a.json }', 'expected one of board, json and jsonFrom'],
  ['text that is no JSON', '{ json: "{" }', "expected a dashboard in Grafana's JSON"],
  ['a folder that leads elsewhere', '{ folder: ../x, json: {} }', 'expected the name of a folder'],
  ['an unknown field', '{ json: {}, titel: x }', 'there is no field "titel" here'],
])('%s is told with its place', (_, spec, message) => {
  const { problems } = read(dashboard('nodes', spec))
  expect(problems).toEqual([[expect.any(Number), expect.stringMatching(/^spec/), expect.stringContaining(message)]])
})
