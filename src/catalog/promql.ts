// Which metrics and labels an expression of Prometheus' language names (prometheus.io/docs/prometheus/latest/querying/basics). Not a
// parser: it is for expressions that Prometheus takes, and tells nothing of those that it does not.

export interface Named {
  /** Metrics, each once. Those that a pattern chooses (`{__name__=~"…"}`) are not among them. */
  metrics: string[]
  /** Labels that are matched or grouped by, each once. */
  labels: string[]
}

const TOKEN =
  /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\$\{[^}]*\}|\$\w+|\[\[\w+\]\]|\d[\w.]*|[A-Za-z_:][\w:]*|=~|!~|!=|==|\S/g
const IDENTIFIER = /^[A-Za-z_:][\w:]*$/
/** After these a list of labels follows. */
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
const WORDS = new Set([...GROUPING, 'and', 'or', 'unless', 'bool', 'offset', 'atan2', 'inf', 'nan'])

/** Variables of Grafana (`$instance`, `${instance}`) and durations may stand in it. */
export function namedIn(expression: string): Named {
  const tokens = (expression.match(TOKEN) ?? []).filter((token) => !token.startsWith('#'))
  const metrics = new Set<string>()
  const labels = new Set<string>()
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? ''
    const next = tokens[at + 1] ?? ''
    if (token === '{') at = matchers(tokens, at + 1, { metrics, labels })
    else if (token === '[') at = endOf(tokens, at, ']')
    else if (GROUPING.has(token.toLowerCase()) && next === '(') at = grouped(tokens, at + 2, labels)
    else if (isMetric(token, next)) metrics.add(token)
  }
  return { metrics: [...metrics], labels: [...labels] }
}

/** What stands before a bracket, or before `by` and `without`, is a function. */
function isMetric(token: string, next: string): boolean {
  if (!IDENTIFIER.test(token) || WORDS.has(token.toLowerCase())) return false
  return next !== '(' && next !== 'by' && next !== 'without'
}

/** What stands between braces; where they end. */
function matchers(tokens: string[], from: number, found: { metrics: Set<string>; labels: Set<string> }): number {
  const end = endOf(tokens, from, '}')
  for (let at = from; at < end; at += 1) {
    const [token = '', operator = '', value = ''] = tokens.slice(at, at + 3)
    if (!IDENTIFIER.test(token) || !/^(=~?|!~|!=)$/.test(operator)) continue
    if (token !== '__name__') found.labels.add(token)
    else if (operator === '=') found.metrics.add(value.slice(1, -1))
    at += 2
  }
  return end
}

function grouped(tokens: string[], from: number, labels: Set<string>): number {
  const end = endOf(tokens, from, ')')
  for (const token of tokens.slice(from, end)) if (IDENTIFIER.test(token)) labels.add(token)
  return end
}

function endOf(tokens: string[], from: number, closing: string): number {
  const end = tokens.indexOf(closing, from)
  return end === -1 ? tokens.length : end
}
