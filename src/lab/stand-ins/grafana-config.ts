// grafana.ini, with what it takes from files, and the files that Grafana is provisioned from.
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Refusal } from './go-program.ts'

export type Ini = Record<string, Record<string, string>>

export function readIni(path: string): Ini {
  const sections: Ini = {}
  let section = ''
  for (const [index, line] of readText(path).split('\n').entries()) {
    const text = line.trim()
    const heading = /^\[(.+)\]$/.exec(text)?.[1]
    if (heading !== undefined) section = heading
    else if (text !== '' && !/^[#;]/.test(text)) {
      const [, key, value = ''] = /^([^=]+?)\s*=\s*(.*)$/.exec(text) ?? []
      if (key === undefined)
        throw new Refusal(`failed to parse "${path}": key-value delimiter not found: ${text} (line ${index + 1})`)
      const own = sections[section] ?? {}
      sections[section] = own
      own[key] = expanded(value.replace(/^`(.*)`$/, '$1'))
    }
  }
  return sections
}

/** `$__file{PATH}` is what stands in the file, without blanks around it. */
function expanded(value: string): string {
  return value.replace(/\$__file\{([^}]*)\}/g, (_, path: string) => readText(path).trim())
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(`could not read ${path}: ${(error as Error).message}`)
  }
}

export interface DataSource {
  uid: string
  name: string
  type: string
  url: string
}

export function readDataSources(directory: string): DataSource[] {
  const all = yamlFiles(`${directory}/datasources`).flatMap((path) => {
    const { datasources = [] } = readProvisioned(path) as { datasources?: Partial<DataSource>[] }
    return datasources.map(({ uid = '', name = '', type = '', url = '' }) => ({ uid, name, type, url }))
  })
  const bad = all.find(({ name, type }) => name === '' || type === '')
  if (bad !== undefined) throw new Refusal('Datasource provisioning error: datasource must have a name and a type')
  return all
}

export interface Provider {
  path: string
  intervalMs: number
}

export function readProviders(directory: string): Provider[] {
  return yamlFiles(`${directory}/dashboards`).flatMap((path) => {
    const { providers = [] } = readProvisioned(path) as {
      providers?: { updateIntervalSeconds?: number; options?: { path?: string } }[]
    }
    return providers.map(({ updateIntervalSeconds = 10, options }) => ({
      path: options?.path ?? '',
      intervalMs: updateIntervalSeconds * 1_000,
    }))
  })
}

export interface LoadedDashboard {
  uid: string
  model: Record<string, unknown>
}

/** All that can be loaded; what cannot is said in the words of Grafana's log. */
export function loadDashboards({ path }: Provider, say: (line: string) => void): LoadedDashboard[] {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  return names.flatMap((name) => {
    try {
      const model = JSON.parse(readFileSync(`${path}/${name}`, 'utf8')) as Record<string, unknown>
      if (!model.title) throw new Error('Dashboard title cannot be empty')
      return [{ uid: String(model.uid ?? name), model }]
    } catch (error) {
      const problem = `file=${path}/${name} error=${JSON.stringify((error as Error).message)}`
      say(
        `logger=provisioning.dashboard type=file name=homeostat level=error msg="failed to load dashboard from " ${problem}`,
      )
      return []
    }
  })
}

function yamlFiles(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => /\.ya?ml$/.test(name))
    return names.map((name) => `${directory}/${name}`)
  } catch {
    return []
  }
}

function readProvisioned(path: string): unknown {
  try {
    return parse(readText(path)) ?? {}
  } catch (error) {
    throw new Refusal(`Failed to provision: ${path}: ${(error as Error).message}`)
  }
}
