// A dashboard in short → Grafana's own model of it (its JSON, schema version 41, which is that of Grafana 12).
import type { Board, BoardPanel, BoardRow, BoardThresholds, BoardVariable, PanelType } from '../model/dashboard.ts'

type Json = Record<string, unknown>

const WIDTH = 24
const HEIGHTS: Record<PanelType, number> = {
  timeseries: 8,
  stat: 4,
  bargauge: 8,
  'state-timeline': 8,
  table: 8,
  logs: 10,
}
/** Those that show the present, and no course. */
const PRESENT: readonly PanelType[] = ['stat', 'bargauge', 'table']

/** Without uid: that of the document is put in where it is written to a file. */
export function boardModel(board: Board): Json {
  const { title, description, tags, refresh, range, annotations, variables, rows } = board
  return {
    title,
    description,
    tags,
    schemaVersion: 41,
    editable: false,
    // One pointer for all graphs: what happened at the same time is seen at once.
    graphTooltip: 1,
    refresh,
    time: { from: `now-${range}`, to: 'now' },
    timezone: 'browser',
    annotations: { list: Object.entries(annotations).map(annotation) },
    templating: { list: variables.map(variable) },
    panels: panelsOf(rows),
  }
}

function sourceOf(type: 'prometheus' | 'loki'): Json {
  return { type, uid: type }
}

function annotation([text, expr]: [string, string]): Json {
  return {
    name: text.replaceAll(/\{\{|\}\}/g, ''),
    datasource: sourceOf('prometheus'),
    enable: true,
    hide: false,
    iconColor: 'blue',
    expr,
    titleFormat: text,
    step: '15s',
  }
}

function variable({ name, label, values }: BoardVariable): Json {
  const shown = { name, ...(label === undefined ? {} : { label }) }
  if (values === undefined) return { type: 'textbox', ...shown, query: '', current: { text: '', value: '' } }
  return {
    type: 'query',
    ...shown,
    datasource: sourceOf('prometheus'),
    query: { query: values, refId: name },
    definition: values,
    multi: true,
    includeAll: true,
    // What matches everything keeps a query short, however many there are.
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
    // Asked anew whenever the time range changes.
    refresh: 2,
    sort: 1,
  }
}

/** Rows below each other; within a row from left to right, and on to the next line where it is full. */
function panelsOf(rows: BoardRow[]): Json[] {
  const panels: Json[] = []
  let y = 0
  for (const { title, panels: own } of rows) {
    panels.push({ type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: WIDTH, h: 1 } })
    y += 1
    let [x, line] = [0, 0]
    for (const each of own) {
      const [w, h] = [each.width ?? Math.floor(WIDTH / own.length), each.height ?? HEIGHTS[each.type]]
      if (x + w > WIDTH) {
        y += line
        ;[x, line] = [0, 0]
      }
      panels.push(panel(each, { x, y, w, h }))
      x += w
      line = Math.max(line, h)
    }
    y += line
  }
  return panels.map((each, index) => ({ id: index + 1, ...each }))
}

function panel(given: BoardPanel, gridPos: Json): Json {
  const { type, title, description, source, columns } = given
  return {
    type,
    title,
    ...(description === undefined ? {} : { description }),
    datasource: sourceOf(source),
    gridPos,
    targets: Object.entries(given.queries).map(([legend, expr], index) => query(given, legend, expr, index)),
    fieldConfig: { defaults: defaults(given), overrides: [] },
    options: optionsOf(given),
    ...(columns === undefined ? {} : { transformations: organized(columns) }),
  }
}

function query({ type, source }: BoardPanel, legend: string, expr: string, index: number): Json {
  const isPresent = PRESENT.includes(type)
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: sourceOf(source),
    expr,
    ...(source === 'loki'
      ? { queryType: 'range' }
      : { instant: isPresent, range: !isPresent, ...(type === 'table' && { format: 'table' }) }),
    ...(legend !== '' && { legendFormat: legend }),
  }
}

function defaults({ type, unit, decimals, min, max, thresholds, texts, stack }: BoardPanel): Json {
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    color: { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' },
    thresholds: { mode: 'absolute', steps: steps(thresholds) },
    ...(texts === undefined ? {} : { mappings: [mapping(texts)] }),
    custom: custom(type, { isStacked: stack === true, hasThresholds: thresholds !== undefined }),
  }
}

function custom(type: PanelType, { isStacked, hasThresholds }: { isStacked: boolean; hasThresholds: boolean }): Json {
  if (type === 'state-timeline') return { fillOpacity: 80, lineWidth: 0 }
  if (type === 'table') return hasThresholds ? { cellOptions: { type: 'color-text' } } : {}
  if (type !== 'timeseries') return {}
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: isStacked ? 40 : 10,
    showPoints: 'never',
    spanNulls: false,
    stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
    ...(hasThresholds && { thresholdsStyle: { mode: 'dashed' } }),
  }
}

function steps({ warn, bad, good }: BoardThresholds = {}): Json[] {
  const isLowBad = good !== undefined
  const between = warn === undefined ? [] : [{ color: 'orange', value: warn }]
  if (isLowBad) return [{ color: 'red', value: null }, ...between, { color: 'green', value: good }]
  return [{ color: 'green', value: null }, ...between, ...(bad === undefined ? [] : [{ color: 'red', value: bad }])]
}

function mapping(texts: Record<string, string>): Json {
  const options = Object.entries(texts).map(([value, text], index) => [value, { text, index }])
  return { type: 'value', options: Object.fromEntries(options) }
}

function optionsOf({ type, texts }: BoardPanel): Json {
  const reduced = { calcs: ['lastNotNull'], fields: '', values: false }
  switch (type) {
    case 'stat':
      return { reduceOptions: reduced, colorMode: 'background', graphMode: 'none', textMode: 'auto' }
    case 'bargauge':
      return { reduceOptions: reduced, displayMode: 'basic', orientation: 'horizontal', valueMode: 'color' }
    case 'state-timeline':
      return { mergeValues: true, showValue: texts === undefined ? 'never' : 'auto', legend: { showLegend: false } }
    case 'table':
      return { showHeader: true, footer: { show: false } }
    case 'logs':
      return { showTime: true, wrapLogMessage: true, sortOrder: 'Descending', enableLogDetails: true }
    case 'timeseries':
      return {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      }
  }
}

/** The columns that were asked for, in their order and under their headings. */
function organized(columns: Record<string, string>): Json[] {
  const names = Object.keys(columns)
  const indexByName = Object.fromEntries(names.map((name, index) => [name, index]))
  return [
    { id: 'filterFieldsByName', options: { include: { names } } },
    { id: 'organize', options: { indexByName, renameByName: columns } },
  ]
}
