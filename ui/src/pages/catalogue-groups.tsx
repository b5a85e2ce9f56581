import type { CatalogueGroup } from '../../../src/ui/model.js'
import { span } from '../format.js'
import { type Column, Table } from '../parts/table.js'
import { Marked, StatusBadge, sourceTypeText, Tags } from '../parts/words.js'
import { href } from '../router.js'

interface Props {
  readonly groups: readonly CatalogueGroup[]
  readonly words: readonly string[]
}

export function GroupTable({ groups, words }: Props) {
  if (groups.length === 0) return null
  const columns: readonly Column<CatalogueGroup>[] = [
    {
      title: 'Group',
      kind: 'main',
      cell: ({ name, status }) => (
        <>
          <a class="name" href={href(['groups', name])} data-row>
            <Marked text={name} words={words} />
          </a>{' '}
          <StatusBadge status={status} />
        </>
      ),
    },
    { title: 'Features', kind: 'number', cell: ({ features }) => features.length },
    { title: 'Entity', cell: ({ entity }) => entity },
    { title: 'Source', cell: ({ sourceType }) => sourceTypeText(sourceType) },
    {
      title: 'Description',
      kind: 'wide',
      cell: ({ description }) => (
        <span class="muted">
          <Marked text={description ?? ''} words={words} />
        </span>
      ),
    },
    { title: 'ttl', kind: 'minor', cell: ({ ttlSeconds }) => (ttlSeconds === null ? '' : span(ttlSeconds)) },
    { title: 'Schedule', kind: 'minor', cell: ({ schedule }) => schedule && <code>{schedule}</code> },
    { title: 'Tags', kind: 'minor', cell: ({ tags }) => <Tags tags={tags} /> },
    { title: 'Owner', kind: 'minor', cell: ({ owner }) => <span class="muted">{owner}</span> },
    { title: 'Version', kind: 'minor number', cell: ({ version }) => version && `v${version}` },
  ]
  return <Table label="Groups" columns={columns} rows={groups} id={({ name }) => name} />
}
