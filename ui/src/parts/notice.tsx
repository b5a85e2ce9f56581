/** What is said in place of an answer: that it is awaited, why there is none, what to do about it. */

import type { ComponentChildren } from 'preact'
import type { Answer } from '../answer.js'
import type { Refusal } from '../api.js'
import { href } from '../router.js'
import { Page } from './page.js'

interface AnsweredProps<T> {
  readonly answer: Answer<T>
  /** How many lines are awaited, so that nothing jumps when they come. */
  readonly lines?: number
  readonly children: (data: T) => ComponentChildren
}

/** Shows what was answered. A refusal stands above what was answered before it. */
export function Answered<T>({ answer: { data, refusal, again }, lines = 8, children }: AnsweredProps<T>) {
  return (
    <>
      {refusal && <Refused refusal={refusal} again={again} />}
      {data !== undefined ? children(data) : !refusal && <Awaited lines={lines} />}
    </>
  )
}

function Awaited({ lines }: { lines: number }) {
  return (
    <div class="awaited" role="status">
      <span class="unseen">Asking…</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <div key={line} class="bone" />
      ))}
    </div>
  )
}

function Refused({ refusal, again }: { refusal: Refusal; again?: () => void }) {
  const { status, code, message, why, fix, passes } = refusal
  const text = texts[status]
  return (
    <div class={passes ? 'notice wait' : 'notice bad'} role={passes ? 'status' : 'alert'}>
      <strong>{text?.title ?? message}</strong>
      <p>{text ? `${text.hint} ${status === 423 ? message : ''}` : why}</p>
      {fix && !text && <p>{fix}</p>}
      {passes ? (
        <p class="muted">Asking again until it does.</p>
      ) : (
        <p class="muted">
          {code}
          {again && (
            <button type="button" onClick={again}>
              Try again
            </button>
          )}
        </p>
      )}
    </div>
  )
}

const texts: { readonly [status: number]: { readonly title: string; readonly hint: string } | undefined } = {
  0: { title: 'The server does not answer', hint: 'It was stopped, or cannot be reached. Start it again: fstore ui' },
  401: { title: 'This server wants its token', hint: 'Open the whole address that fstore ui printed when it started.' },
  423: { title: 'Another process has the database', hint: 'The embedded database belongs to one process at a time.' },
}

/** Nothing is there yet: which command makes it. */
export function Empty({ title, command, children }: { title: string; command?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {command && <code class="command">{command}</code>}
    </div>
  )
}

export function Missing({ path }: { path: string }) {
  return (
    <Page title="No such page">
      <Empty title={path}>
        <a href={href(['overview'])}>To the overview</a>
      </Empty>
    </Page>
  )
}
