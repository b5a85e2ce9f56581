/** What checks found, as Markdown. */
import { relative } from 'node:path'
import { digits } from '../../config/digits.js'
import type { VerifyReport } from '../../online/verify.js'
import type { DriftReport } from '../../plan/drift.js'
import type { Validation } from '../../plan/validate.js'
import { count } from '../format.js'
import type { FixtureOutcome } from '../outcome.js'
import { percent } from '../statistics.js'
import { inline, markdownTable } from './markdown.js'
import type { Section } from './section.js'

export function validateSummary({ groups, datasets, errors, warnings, findings }: Validation): Section {
  const rows = findings.map(({ severity, code, group, dataset, message, where, fix }) => [
    severity,
    code,
    inline(group ?? dataset ?? ''),
    inline(where === undefined ? '' : [relative(process.cwd(), where.file), where.line].filter(Boolean).join(':')),
    inline(fix === undefined ? message : `${message} ${fix}`),
  ])
  const parts = [count(errors, 'error'), count(warnings, 'warning')].join(', ')
  return [
    errors > 0 ? 'bad' : warnings > 0 ? 'odd' : 'good',
    `${count(groups, 'group')}, ${count(datasets, 'dataset')}: ${parts}.`,
    ...(rows.length > 0 ? [markdownTable(['', 'code', 'of', 'at', 'what'], rows)] : []),
  ]
}

export function testSummary(fixtures: readonly FixtureOutcome[]): Section {
  const failed = fixtures.filter((one) => 'error' in one || one.differences.length > 0)
  const rows = failed.flatMap((one) =>
    'error' in one
      ? [[inline(nameOf(one)), '', inline(`${one.error.code}: ${one.error.message}`), '']]
      : one.differences.map(({ key, feature, expected, found }) => [
          inline(nameOf(one)),
          inline(`${key} ${feature}`),
          inline(JSON.stringify(expected) ?? '-'),
          inline(JSON.stringify(found) ?? '-'),
        ]),
  )
  return [
    failed.length > 0 ? 'bad' : 'good',
    `${fixtures.length - failed.length} passed, ${failed.length} failed.`,
    ...(rows.length > 0 ? [markdownTable(['fixture', 'value', 'expected', 'found'], rows)] : []),
  ]
}

function nameOf({ file }: FixtureOutcome): string {
  return relative(process.cwd(), file)
}

export function driftSummary({ findings, groups }: DriftReport): Section {
  const compared = groups.some(({ status }) => status === 'compared')
  const rows = groups.flatMap((group) =>
    group.status !== 'compared'
      ? [[inline(group.group), '', '', '', group.status]]
      : group.features.map(({ feature, psi, nullShareBefore, nullShareNow, findings: found }) => [
          inline(`${group.group}.${feature}`),
          psi === null ? '-' : psi.toFixed(3),
          percent(nullShareBefore),
          percent(nullShareNow),
          found.length === 0 ? '' : `**${found.join(', ')}**`,
        ]),
  )
  return [
    findings > 0 ? 'odd' : 'good',
    findings > 0 ? `${count(findings, 'finding')}.` : compared ? 'No drift found.' : 'Nothing could be compared.',
    ...(rows.length > 0 ? [markdownTable(['feature', '#psi', '#null before', '#null now', ''], rows)] : []),
  ]
}

export function verifySummary({ ok, groups, all, tenant }: VerifyReport): Section {
  const kinds = ['missing', 'extra', 'stale', 'different'] as const
  const rows = groups.flatMap(({ group, entities, latest, redis }) => [
    [inline(group), 'latest', digits(entities), ...kinds.map((kind) => digits(latest[kind])), ''],
    ...(redis === null
      ? []
      : [
          [
            inline(group),
            'redis',
            digits(redis.rows),
            ...kinds.map((kind) => digits(redis[kind])),
            digits(redis.behind),
          ],
        ]),
  ])
  return [
    ok ? 'good' : 'bad',
    `${count(groups.length, 'group')} of tenant ${inline(tenant)}, ${all ? 'every entity' : 'a sample'}.`,
    ...(rows.length > 0
      ? [markdownTable(['group', 'place', '#compared', ...kinds.map((kind) => `#${kind}`), '#behind'], rows)]
      : []),
  ]
}
