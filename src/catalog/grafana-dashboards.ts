// Dashboard documents → the files that Grafana takes them from, and the uids under which they have to be there.
import type { Dashboard } from '../model/dashboard.ts'
import { jsonObject } from '../model/json-object.ts'
import type { FileResource } from '../model/resource.ts'
import { type RenderContext, RenderError } from './define-type.ts'
import { boardModel } from './grafana-board.ts'
import { directory, file } from './resources.ts'

export interface DashboardFile {
  /** Under which Grafana knows it, across renamed files and titles. */
  uid: string
  title: string
  resource: FileResource
}

export interface DashboardModel {
  /** metadata.name of its document. */
  name: string
  model: Record<string, unknown>
}

/** What Grafana is given of each. Throws `RenderError` for what is no dashboard. */
export function dashboardModels(context: Pick<RenderContext, 'dashboards' | 'file'>): DashboardModel[] {
  return context.dashboards.map((dashboard) => ({ name: dashboard.name, model: modelOf(dashboard, context) }))
}

/** One file each, in a folder per folder of Grafana's. Throws `RenderError` for what is no dashboard, and for a uid used twice. */
export function dashboardFiles(
  place: string,
  access: { group: string; mode: number },
  context: RenderContext,
): DashboardFile[] {
  const files = context.dashboards.map((dashboard): DashboardFile => {
    const model = modelOf(dashboard, context)
    const { uid = dashboard.name, title } = model
    if (typeof uid !== 'string' || !/^[A-Za-z0-9_-]{1,40}$/.test(uid))
      return fail(dashboard, 'has a uid that is not one: expected up to 40 letters, digits, "-" and "_"')
    if (typeof title !== 'string' || title === '') return fail(dashboard, 'has no title')
    const folder = dashboard.folder === '' ? '' : `/${dashboard.folder}`
    // An id is of the database that it was exported from.
    const content = `${JSON.stringify({ ...model, uid, id: null }, undefined, 2)}\n`
    return { uid, title, resource: file(`${place}${folder}/${dashboard.name}.json`, content, access) }
  })
  const uids = files.map(({ uid }) => uid)
  const twice = context.dashboards.find((_, index) => uids.indexOf(uids[index] ?? '') !== index)
  return twice === undefined ? files : fail(twice, 'has the uid of another dashboard')
}

/** Of the files: the place itself and one for each folder. */
export function dashboardDirectories(place: string, context: RenderContext) {
  const folders = [...new Set(context.dashboards.map(({ folder }) => folder).filter(Boolean))].sort()
  return [place, ...folders.map((folder) => `${place}/${folder}`)].map((path) => directory(path))
}

function modelOf(dashboard: Dashboard, context: Pick<RenderContext, 'file'>): Record<string, unknown> {
  const { content } = dashboard
  if ('json' in content) return content.json
  if ('board' in content) return boardModel(content.board)
  const text = context.file(content.from)
  if (text === undefined)
    return fail(dashboard, `names the file ${content.from}, which is not in the desired-state directory`)
  const model = jsonObject(text)
  return model ?? fail(dashboard, `names the file ${content.from}, which is no JSON object`)
}

function fail({ name }: Dashboard, problem: string): never {
  throw new RenderError(`the Dashboard ${name} ${problem}`, 'spec.type')
}
