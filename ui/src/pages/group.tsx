/** One group: what it is, how it changed, what its values look like, what it refused. */

import type { GroupPage as Group } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { Tabs } from '../parts/fields.js'
import { Answered } from '../parts/notice.js'
import { Page } from '../parts/page.js'
import { Badge, StatusBadge, sourceTypeText, Tags } from '../parts/words.js'
import { href, useRoute } from '../router.js'
import { useAddress } from '../tenant.js'
import { Definition } from './group-definition.js'
import { Rejected } from './group-rejected.js'
import { Statistics } from './group-statistics.js'
import { Versions } from './group-versions.js'

export function GroupPage({ name }: { name: string }) {
  const answer = useAnswer<Group>(useAddress(`groups/${encodeURIComponent(name)}`))
  return (
    <Page
      title={name}
      beside={
        <span class="title-links">
          <a href={href(['lineage'], { node: `group:${name}` })}>lineage</a>
          <a href={href(['runs'], { group: name })}>runs</a>
        </span>
      }
    >
      <Answered answer={answer} lines={16}>
        {(group) => <Shown group={group} />}
      </Answered>
    </Page>
  )
}

function Shown({ group }: { group: Group }) {
  const { params } = useRoute()
  const tab = params.get('tab') ?? 'definition'
  const isStored = group.sourceType !== 'on_demand'
  const tabs = [
    { id: 'definition', title: 'Definition' },
    ...(isStored
      ? [
          { id: 'versions', title: 'Versions', count: group.versions.length },
          { id: 'statistics', title: 'Statistics' },
          { id: 'rejected', title: 'Rejected rows' },
        ]
      : []),
  ]
  return (
    <>
      <p class="lead">
        <Badge tone="none">{sourceTypeText(group.sourceType)}</Badge>{' '}
        {group.liveVersion === null
          ? isStored && <Badge tone="wait">not built</Badge>
          : isStored && <Badge tone="good">v{group.liveVersion} live</Badge>}{' '}
        {group.pending && <Badge tone="wait">changed in the config</Badge>} <StatusBadge status={group.status} />{' '}
        <span>{group.description}</span> <Tags tags={group.tags} />{' '}
        {group.owner && <span class="muted">owned by {group.owner}</span>}
      </p>
      <Tabs
        label="Views of the group"
        tabs={tabs}
        current={tab}
        href={(id) => href(['groups', group.name], { tab: id === 'definition' ? null : id })}
      />
      {tab === 'definition' && <Definition group={group} />}
      {tab === 'versions' && <Versions group={group} />}
      {tab === 'statistics' && <Statistics name={group.name} />}
      {tab === 'rejected' && <Rejected name={group.name} />}
    </>
  )
}
