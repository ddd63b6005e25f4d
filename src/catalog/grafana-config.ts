// The texts that Grafana reads at its start: grafana.ini and what it shall have from the beginning.
import { yamlText } from './config-text.ts'
import type { DataSource } from './grafana-data-sources.ts'

type Setting = string | number | boolean

/** Sections of grafana.ini by name; keys before the first section stand in none. */
export function iniText(sections: Record<string, Record<string, Setting>>): string {
  const blocks = Object.entries(sections).map(([name, settings]) =>
    [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${iniValue(value)}`), ''].join('\n'),
  )
  return ['# Written by Homeostat; a change made here is put back.', ...blocks].join('\n')
}

/** A value with what would begin a comment in it goes into backticks, between which nothing is read (go-ini). */
function iniValue(value: Setting): string {
  const text = String(value)
  return /[#;]/.test(text) && !text.includes('`') ? `\`${text}\`` : text
}

/** Data sources that nobody can change by hand in Grafana; those that were ours and are wanted no more go. */
export function dataSourcesText(sources: DataSource[]): string {
  return yamlText({
    apiVersion: 1,
    prune: true,
    datasources: sources.map(({ type, name, url, jsonData }, index) => ({
      name,
      uid: type,
      type,
      access: 'proxy',
      url,
      isDefault: index === 0,
      editable: false,
      jsonData,
    })),
  })
}

/** Dashboards out of a directory, its folders as Grafana's; looked at every ten seconds. */
export function dashboardsText(directory: string): string {
  return yamlText({
    apiVersion: 1,
    providers: [
      {
        name: 'homeostat',
        type: 'file',
        disableDeletion: false,
        allowUiUpdates: false,
        updateIntervalSeconds: 10,
        options: { path: directory, foldersFromFilesStructure: true },
      },
    ],
  })
}
