/** `groups/:name`: one group, what it means and has meant. */
import type { GroupSpec, OnDemandSpec } from '../../config/project.js'
import { findReadable } from '../../config/reference.js'
import type { GroupChange } from '../../plan/change.js'
import type { DetailedVersion } from '../../plan/group-detail.js'
import type { Snapshot } from '../../registry/definition.js'
import type { Asked } from '../asked.js'
import { described, featureItem, ruleWords, typeWords } from '../described.js'
import type { Change, GroupPage, SqlText, VersionPage } from '../model.js'
import { neighbours } from '../neighbours.js'

export async function group({ store, name }: Asked): Promise<GroupPage> {
  const { project, tenant } = store
  const group = findReadable(project, name)
  const detail = group.sourceType === 'on_demand' ? { versions: [] } : await store.groupDetail(name)
  const { versions, declared, pending, problem, counts } = { ...nothing, ...detail }
  return {
    name,
    ...described(group),
    tenant,
    entity: group.entity.name,
    keys: group.entity.keys,
    sourceType: group.sourceType,
    liveVersion: versions.find(({ live }) => live)?.version ?? null,
    ...scheduleOf(group),
    features: group.features.map(featureItem),
    sql: declared === undefined ? ownSql(group) : sqlOf(declared.snapshot),
    events: group.sourceType === 'on_demand' ? null : (group.events ?? null),
    inputs: group.sourceType === 'on_demand' ? inputsOf(group) : [],
    request: group.sourceType === 'on_demand' ? group.request.map((field) => field.name) : [],
    versions: versions.map(versionPage),
    pending: pending === undefined ? null : changeOf(pending),
    problem: problem ?? null,
    ...neighbours(await store.lineage(), name),
    counts: counts ?? null,
  }
}

const nothing = { declared: undefined, pending: undefined, problem: undefined, counts: undefined }

function scheduleOf(group: GroupSpec | OnDemandSpec) {
  const kept = group.sourceType === 'on_demand' ? undefined : group
  return {
    ttlSeconds: kept?.ttl ?? null,
    everySeconds: kept?.sourceType === 'batch' ? kept.every : null,
    start: kept?.start ?? null,
    end: kept?.end ?? null,
    schedule: kept?.schedule ?? null,
    retentionSeconds: kept?.retention ?? null,
    partition: kept?.partition ?? null,
  }
}

function inputsOf({ inputs }: OnDemandSpec): string[] {
  return inputs.flatMap(({ group, features }) => features.map((feature) => `${group}.${feature}`))
}

/** Of SQL that is in a file and could not be read, the file's name. */
function ownSql({ sql }: GroupSpec | OnDemandSpec): SqlText[] {
  if (sql === undefined) return []
  return [{ feature: null, text: 'text' in sql ? sql.text : `-- ${sql.file}` }]
}

function sqlOf({ sql, features }: Snapshot): SqlText[] {
  const own = sql === undefined ? [] : [{ feature: null, text: sql }]
  return [...own, ...features.flatMap(({ name, sql }) => (sql === undefined ? [] : [{ feature: name, text: sql }]))]
}

function changeOf({ features, sql }: GroupChange): Change {
  return { features, sql }
}

function versionPage({ snapshot, change, ...version }: DetailedVersion): VersionPage {
  return {
    ...version,
    everySeconds: snapshot.every,
    features: snapshot.features.map((feature) => ({
      name: feature.name,
      type: typeWords(feature),
      rules: ruleWords(feature),
    })),
    sql: sqlOf(snapshot),
    change: change === undefined ? null : changeOf(change),
  }
}
