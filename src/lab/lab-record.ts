// What a lab was made of, on disk, so that a later command finds the same hosts and notices another image.
import { readdir, rename, writeFile } from 'node:fs/promises'
import type { Base } from './base.ts'
import type { GrafanaPackages } from './grafana-packages.ts'
import { LabError } from './lab-error.ts'
import type { LabHostSpec } from './lab-hosts.ts'
import { type LabPaths, stateDirectory } from './lab-paths.ts'
import { readIfThere } from './process-identity.ts'

export interface LabRecord {
  hosts: LabHostSpec[]
  base: Base
  /** A lab that an older program made has none. */
  grafana?: GrafanaPackages
}

/** Returns the record; undefined where the lab is not up, or its beginning was cut short. */
export async function readRecord(lab: LabPaths): Promise<LabRecord | undefined> {
  const text = await readIfThere(lab.record)
  return text === undefined ? undefined : (JSON.parse(text) as LabRecord)
}

/** @throws LabError `usage` where the lab is not up */
export async function mustReadRecord(lab: LabPaths): Promise<LabRecord> {
  const record = await readRecord(lab)
  if (record) return record
  throw new LabError('usage', `the lab "${lab.name}" is not up; start it with: homeostat lab up --name ${lab.name}`)
}

export async function writeRecord(lab: LabPaths, record: LabRecord): Promise<void> {
  await writeFile(`${lab.record}.new`, `${JSON.stringify(record, null, 2)}\n`)
  await rename(`${lab.record}.new`, lab.record)
}

/** Names of all labs that have any state on this machine. */
export async function labNames(): Promise<string[]> {
  try {
    return await readdir(stateDirectory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
