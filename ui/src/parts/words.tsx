/** The small words that every page uses: a state, an instant, a type, a reference. */

import type { ComponentChildren } from 'preact'
import type { Freshness, JobRun, SourceType, Status } from '../../../src/ui/model.js'
import { ago, instant } from '../format.js'
import { href } from '../router.js'

export type Tone = 'good' | 'calm' | 'wait' | 'bad' | 'none'

export function Badge({ tone, title, children }: { tone: Tone; title?: string; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`} title={title}>
      {children}
    </span>
  )
}

export const freshnessTones: { readonly [K in Freshness]: Tone } = {
  expired: 'bad',
  overdue: 'bad',
  due: 'wait',
  'not built': 'none',
  fresh: 'good',
  complete: 'calm',
}

export function FreshnessBadge({ freshness }: { freshness: Freshness }) {
  return <Badge tone={freshnessTones[freshness]}>{freshness}</Badge>
}

export function runTone({ status, dead }: Pick<JobRun, 'status' | 'dead'>): Tone {
  if (status === 'failed' || dead) return 'bad'
  return status === 'completed' ? 'good' : status === 'running' ? 'wait' : 'none'
}

export function RunBadge({ run }: { run: Pick<JobRun, 'status' | 'dead'> }) {
  return (
    <Badge tone={runTone(run)} {...(run.dead && { title: 'It says that it runs, and its process is gone' })}>
      {run.dead ? 'process gone' : run.status}
    </Badge>
  )
}

export function StatusBadge({ status }: { status: Status }) {
  return status === 'active' ? null : <Badge tone={status === 'archived' ? 'none' : 'wait'}>{status}</Badge>
}

const sourceTypes: { readonly [K in SourceType]: string } = { batch: 'batch', stream: 'stream', on_demand: 'on demand' }

export function sourceTypeText(sourceType: SourceType): string {
  return sourceTypes[sourceType]
}

/** An instant, beside what it is measured against; the exact text when pointed at. */
export function When({ at, now }: { at: string | null; now?: string }) {
  if (at === null) return <span class="faint">–</span>
  return (
    <time dateTime={at} title={at}>
      {now === undefined ? instant(at) : ago(at, now)}
    </time>
  )
}

export function GroupLink({ group, tab, row }: { group: string; tab?: string; row?: boolean }) {
  return (
    <a class="name" href={href(['groups', group], { tab })} {...(row && { 'data-row': true })}>
      {group}
    </a>
  )
}

export function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <>
      {tags.map((tag) => (
        <a key={tag} class="tag" href={href(['catalogue'], { tag })}>
          {tag}
        </a>
      ))}
    </>
  )
}

/** What is asked for in the text, marked. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  if (words.length === 0) return <>{text}</>
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`, 'gi')
  return (
    <>
      {text.split(pattern).map((part, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
        index % 2 === 1 ? <mark key={index}>{part}</mark> : part,
      )}
    </>
  )
}
