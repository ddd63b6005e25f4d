// An Alloy configuration that sends the journal to Loki: what its blocks may hold, and what they come to.
import { type Block, type Reference, readAlloy, type Value } from './alloy-syntax.ts'
import { Refusal, readDuration } from './go-program.ts'
import type { ShipperSettings } from './shipper.ts'

interface Allowed {
  attributes: string[]
  required?: string[]
  blocks?: Record<string, Allowed>
}

const COMPONENTS: Record<string, Allowed> = {
  logging: { attributes: ['level', 'format', 'write_to'] },
  'loki.relabel': {
    attributes: ['forward_to', 'max_cache_size'],
    required: ['forward_to'],
    blocks: { rule: { attributes: ['source_labels', 'target_label', 'regex', 'replacement', 'action', 'separator'] } },
  },
  'loki.source.journal': {
    attributes: ['forward_to', 'format_as_json', 'labels', 'matches', 'max_age', 'path', 'relabel_rules'],
    required: ['forward_to'],
    blocks: { legacy_position: { attributes: ['file', 'name'], required: ['file', 'name'] } },
  },
  'loki.write': {
    attributes: ['external_labels', 'max_streams'],
    blocks: {
      endpoint: {
        attributes: [
          'url',
          'min_backoff_period',
          'max_backoff_period',
          'max_backoff_retries',
          'batch_wait',
          'batch_size',
        ].concat(['remote_timeout', 'tenant_id', 'headers', 'retry_on_http_429']),
        required: ['url'],
      },
    },
  },
}

/** Reads and checks; the settings of the journal's way, where there is one. Throws `Refusal` as Alloy refuses it. */
export function readAlloyConfig(text: string, path: string, dataDirectory: string): ShipperSettings | undefined {
  const blocks = readAlloy(text, path)
  const refuse = (block: Block, message: string) => {
    throw new Refusal(`Error: ${path}:${block.line}:1: ${message}`)
  }
  for (const block of blocks) {
    const allowed = COMPONENTS[block.name]
    if (allowed === undefined) return refuse(block, `cannot find the definition of component name "${block.name}"`)
    check(block, allowed, refuse)
  }
  for (const block of blocks) for (const name of references(block)) resolve(name, blocks, block, refuse)
  const source = blocks.find(({ name }) => name === 'loki.source.journal')
  return source && toSettings(source, blocks, dataDirectory)
}

type Refuse = (block: Block, message: string) => void

function check(block: Block, { attributes, required = [], blocks = {} }: Allowed, refuse: Refuse): void {
  for (const name of Object.keys(block.attributes))
    if (!attributes.includes(name)) refuse(block, `unrecognized attribute name "${name}"`)
  for (const name of required)
    if (!Object.hasOwn(block.attributes, name)) refuse(block, `missing required attribute "${name}"`)
  for (const inner of block.blocks) {
    const allowed = blocks[inner.name]
    if (allowed === undefined) refuse(inner, `unrecognized block name "${inner.name}"`)
    else check(inner, allowed, refuse)
  }
}

function references({ attributes, blocks }: Block): string[] {
  return [...Object.values(attributes).flatMap(inValue), ...blocks.flatMap(references)]
}

function inValue(value: Value): string[] {
  if (Array.isArray(value)) return value.flatMap(inValue)
  if (value === null || typeof value !== 'object') return []
  return isReference(value) ? [value.reference] : Object.values(value).flatMap(inValue)
}

function isReference(value: Value | undefined): value is Reference {
  return typeof value === 'object' && value !== null && 'reference' in value
}

/** `loki.write.loki.receiver` names the block `loki.write "loki"`. */
function resolve(reference: string, blocks: Block[], at: Block, refuse: Refuse): Block | undefined {
  const found = blocks.find(({ name, label }) => label !== '' && reference.startsWith(`${name}.${label}.`))
  if (found === undefined) refuse(at, `component "${reference}" does not exist or is out of scope`)
  return found
}

function toSettings(source: Block, blocks: Block[], dataDirectory: string): ShipperSettings {
  const { labels = {}, max_age: maxAge = '7h', forward_to: target, relabel_rules: rules } = source.attributes
  const nothing = () => undefined
  const write = inValue(target ?? null).map((name) => resolve(name, blocks, source, nothing))[0]
  const relabel = inValue(rules ?? null).map((name) => resolve(name, blocks, source, nothing))[0]
  const endpoint = write?.blocks.find(({ name }) => name === 'endpoint')?.attributes ?? {}
  const unit = relabel?.blocks.find(({ attributes }) => inFirst(attributes.source_labels) === '__journal__systemd_unit')
  const legacy = source.blocks.find(({ name }) => name === 'legacy_position')?.attributes
  const component = `loki.source.journal.${source.label}`
  return {
    program: 'alloy',
    url: String(endpoint.url),
    labels: { job: component, ...(labels as Record<string, string>) },
    unitLabel: unit && String(unit.attributes.target_label),
    maxAgeMs: readDuration(maxAge, false),
    backoff: {
      minMs: readDuration(endpoint.min_backoff_period ?? '500ms', false),
      maxMs: readDuration(endpoint.max_backoff_period ?? '5m', false),
      retries: Number(endpoint.max_backoff_retries ?? 10),
    },
    position: { file: `${dataDirectory}/${component}/positions.yml`, name: component },
    legacy: legacy && { file: String(legacy.file), name: String(legacy.name) },
  }
}

function inFirst(value: Value | undefined): Value | undefined {
  return Array.isArray(value) ? value[0] : undefined
}
