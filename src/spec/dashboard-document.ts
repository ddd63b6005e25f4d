// A Dashboard as written: in short, or Grafana's own JSON, in the document or in a file beside it.
import { z } from 'zod'
import { relativePath } from '../catalog/scalars.ts'
import type { Dashboard } from '../model/dashboard.ts'
import { jsonObject } from '../model/json-object.ts'
import { boardSchema, toBoard } from './board-schema.ts'
import { document } from './envelope.ts'

const FOLDER = 'expected the name of a folder: letters, digits, blanks, "-" and "_", at most 60'
const ONE = 'expected one of board, json and jsonFrom'
const JSON_OBJECT = "expected a dashboard in Grafana's JSON: a map, or its text"

const model = z
  .union(
    [z.record(z.string(), z.unknown()), z.string().refine((text) => jsonObject(text) !== undefined, JSON_OBJECT)],
    {
      error: JSON_OBJECT,
    },
  )
  .optional()
  .describe("Grafana's own JSON of a dashboard, as its page exports it: a map, or its text.")

export const dashboardSpec = z
  .strictObject({
    folder: z
      .string()
      .regex(/^([A-Za-z0-9][A-Za-z0-9 _-]{0,59})?$/, { error: FOLDER })
      .default('')
      .describe('Where it is shown. Default: the folder that Grafana calls General.'),
    board: boardSchema.optional(),
    json: model,
    jsonFrom: relativePath.optional().describe('A file of the desired-state directory instead of `json`.'),
  })
  .refine(({ board, json, jsonFrom }) => [board, json, jsonFrom].filter((it) => it !== undefined).length === 1, {
    error: ONE,
  })

export const dashboardDocument = document('Dashboard', dashboardSpec).describe('A dashboard of Grafana.')

/** The dashboard that a checked document describes. */
export function toDashboard({ metadata, spec }: z.output<typeof dashboardDocument>): Dashboard {
  const { folder, board, json, jsonFrom } = spec
  return { name: metadata.name, folder, content: contentOf({ board, json, jsonFrom }) }
}

function contentOf({ board, json, jsonFrom }: Omit<z.output<typeof dashboardSpec>, 'folder'>): Dashboard['content'] {
  if (board !== undefined) return { board: toBoard(board) }
  if (jsonFrom !== undefined) return { from: jsonFrom }
  return { json: (typeof json === 'string' ? jsonObject(json) : json) ?? {} }
}
