/** What is made of what: tables and events, groups, services, datasets. From the config and its SQL alone. */
import type { GroupSpec, OnDemandSpec, Project, SqlSource } from '../config/project.js'
import { readSql } from '../config/sql-source.js'
import { FstoreError } from '../errors.js'
import { schemasOf } from '../offline/feature-table.js'
import { isRolling } from '../transform/rolling-part.js'
import { sourceTables, type TableName } from '../transform/source-tables.js'

export interface LineageNode {
  /** `kind:name`. */
  readonly id: string
  /** `source`: a table; `event`: a type of event. */
  readonly kind: 'source' | 'event' | 'group' | 'service' | 'dataset'
  /** Of a table `schema.name`, or the bare name in `public`. */
  readonly name: string
}

export interface Lineage {
  readonly nodes: readonly LineageNode[]
  /** From what is read to what reads it. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

export interface LineageScope {
  readonly project: Project
  /** The folder that `sqlFile()` paths start from. */
  readonly root: string
}

class Drawing {
  readonly nodes = new Map<string, LineageNode>()
  readonly edges = new Map<string, { readonly from: string; readonly to: string }>()

  add(kind: LineageNode['kind'], name: string): string {
    const id = `${kind}:${name}`
    if (!this.nodes.has(id)) this.nodes.set(id, { id, kind, name })
    return id
  }

  link(from: string, to: string): void {
    this.edges.set(JSON.stringify([from, to]), { from, to })
  }
}

/** SQL that cannot be read has no sources: everything else is told all the same. */
export async function lineageOf(scope: LineageScope): Promise<Lineage> {
  const { project } = scope
  const drawing = new Drawing()
  for (const group of [...project.groups, ...project.onDemand]) await addGroup(scope, drawing, group)
  for (const { name, picks } of project.services) {
    const service = drawing.add('service', name)
    for (const { group } of picks) drawing.link(drawing.add('group', group), service)
  }
  for (const { name, service, spine } of project.datasets) {
    const dataset = drawing.add('dataset', name)
    drawing.link(drawing.add('service', service), dataset)
    await addTables(scope, drawing, dataset, spine)
  }
  return { nodes: [...drawing.nodes.values()], edges: [...drawing.edges.values()] }
}

async function addGroup(scope: LineageScope, drawing: Drawing, group: GroupSpec | OnDemandSpec): Promise<void> {
  const id = drawing.add('group', group.name)
  if (group.sourceType === 'on_demand') {
    for (const input of group.inputs) drawing.link(drawing.add('group', input.group), id)
    if (group.sql !== undefined) await addTables(scope, drawing, id, group.sql)
    return
  }
  for (const event of Object.keys(group.events ?? {})) drawing.link(drawing.add('event', event), id)
  const rolled = isRolling(group) ? group.rolling.source : undefined
  if (rolled !== undefined && 'table' in rolled)
    return addTables(scope, drawing, id, { text: `SELECT FROM ${rolled.table}` })
  const owned = [rolled, group.sql, ...group.features.map(({ sql }) => sql)]
  for (const source of owned) if (source !== undefined) await addTables(scope, drawing, id, source as SqlSource)
}

async function addTables({ project, root }: LineageScope, drawing: Drawing, id: string, source: SqlSource) {
  const { offline, online } = schemasOf(project.schema)
  for (const { schema, table } of sourceTables(await textOf(source, root))) {
    const isGroup = schema === offline || schema === online
    const from = isGroup ? drawing.add('group', table) : drawing.add('source', shown({ schema, table }))
    if (from !== id) drawing.link(from, id)
  }
}

async function textOf(source: SqlSource, root: string): Promise<string> {
  try {
    return (await readSql({ source, root })).text
  } catch (error) {
    if (error instanceof FstoreError) return ''
    throw error
  }
}

function shown({ schema, table }: TableName): string {
  return schema === undefined || schema === 'public' ? table : `${schema}.${table}`
}
