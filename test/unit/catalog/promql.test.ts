// Which metrics and labels an expression names.
import { expect, test } from 'vitest'
import { namedIn } from '../../../src/catalog/promql.ts'

test.each([
  ['up', ['up'], []],
  ['up{job="node", instance=~"$instance"} == 0', ['up'], ['job', 'instance']],
  [
    '100 - (avg by (instance) (irate(node_cpu_seconds_total{mode="idle"}[5m])) * 100) > 80',
    ['node_cpu_seconds_total'],
    ['instance', 'mode'],
  ],
  ['sum(rate(a[$__rate_interval])) without (b) / on (c, d) group_left (e) f', ['a', 'f'], ['b', 'c', 'd', 'e']],
  ['sum by (x) (max_over_time(rate(a[5m])[1h:1m] offset 5m))', ['a'], ['x']],
  ['job:up:sum > bool 1e3 and time() - b > 1h5m', ['job:up:sum', 'b'], []],
  ['{__name__="a", job!~"x|y"} or {__name__=~"b.*"}', ['a'], ['job']],
  ['a{name="up{b}, c(\\"d\\")"} # up\n unless e', ['a', 'e'], ['name']],
  ['vector(1)', [], []],
  ['count(up) BY (job) OR Inf', ['up'], ['job']],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: how Grafana names a variable
  ['a @ end() + ${variable:regex} * [[other]]', ['a'], []],
  ['', [], []],
])('%s', (expression, metrics, labels) => {
  expect(namedIn(expression)).toEqual({ metrics, labels })
})
