/** A database and a folder that hold a shape's history, and spines for it. */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { createFeatureStore } from '../../src/index.js'
import { count } from '../harness.js'
import { withDatabase } from '../postgres.js'
import { configOf, copyOut, createSpine, fill, type Shape } from './shape.js'

export interface Trial {
  readonly shape: Shape
  readonly client: pg.Client
  readonly url: string
  readonly folder: string
}

export async function withTrial(shape: Shape, work: (trial: Trial) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fstore-point-in-time-'))
  try {
    await withDatabase(async (url, client) => {
      process.env.DATABASE_URL = url
      const store = createFeatureStore(configOf(shape), { root: folder })
      await store.build()
      await store.close()
      await client.query("SET TimeZone = 'UTC'")
      await fill(client, shape)
      await work({ shape, client, url, folder })
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A spine as a table and as a CSV file. */
export async function writeSpine(trial: Trial, name: string, rows: number): Promise<void> {
  await createSpine(trial.client, name, trial.shape, rows)
  await copyTo(trial, `SELECT * FROM ${name}`, `${name}.csv`)
}

export function copyTo({ client, folder }: Trial, select: string, name: string): Promise<void> {
  return copyOut(client, select, createWriteStream(join(folder, name)))
}

export function titleOf({ title, groups, entities, rowsEach, features, spine }: Shape, rows = spine): string {
  const history = `${count(entities)} entities × ${count(rowsEach)} rows × ${features} features`
  return `${title}: ${groups > 1 ? `${groups} groups × ` : ''}${history}, spine of ${count(rows)}`
}
