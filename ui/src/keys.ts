/** The keyboard: `g o` goes to the overview, `/` searches, arrows walk along rows, `?` says all this. */

import { useEffect } from 'preact/hooks'
import { go, href } from './router.js'

/** The letter after `g`, and where it goes. */
export const destinations = [
  { key: 'o', path: 'overview', title: 'Overview' },
  { key: 'c', path: 'catalogue', title: 'Catalogue' },
  { key: 'l', path: 'lineage', title: 'Lineage' },
  { key: 'r', path: 'runs', title: 'Runs' },
  { key: 'e', path: 'entities', title: 'Entities' },
] as const

export interface Commands {
  readonly refresh: () => void
  readonly help: () => void
  readonly theme: () => void
}

export function useKeys(commands: Commands): void {
  useEffect(() => {
    let isGoing = false
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
      if (event.key === 'Escape') return leave()
      if (walk(event)) return event.preventDefault()
      if (isTyping(event.target)) return
      const wasGoing = isGoing
      isGoing = !wasGoing && event.key === 'g'
      const act = wasGoing ? destination(event.key) : command(event.key, commands)
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [commands])
}

function destination(key: string): (() => void) | undefined {
  const found = destinations.find((other) => other.key === key)
  return found && (() => go(href([found.path])))
}

function command(key: string, { refresh, help, theme }: Commands): (() => void) | undefined {
  return { '/': search, r: refresh, '?': help, t: theme }[key]
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea')
}

/** The page's own field, else the catalogue's. */
function search(): void {
  const field = document.querySelector<HTMLInputElement>('[data-search]')
  if (field === null) go(href(['catalogue'], { find: '1' }))
  field?.focus()
  field?.select()
}

function leave(): void {
  const active = document.activeElement
  if (active instanceof HTMLElement && isTyping(active)) active.blur()
}

/** Along the rows of the page: down from the search field into the first, and back up. */
function walk(event: KeyboardEvent): boolean {
  const { target } = event
  if (!(target instanceof HTMLElement)) return false
  const isSearch = target.matches('[data-search]')
  if (!isSearch && (isTyping(target) || target.closest('[data-own-keys]'))) return false
  const step = { ArrowDown: 1, ArrowUp: -1, j: isSearch ? 0 : 1, k: isSearch ? 0 : -1 }[event.key] ?? 0
  if (step === 0) return false
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')].filter((row) => row.offsetParent !== null)
  const at = rows.indexOf(target)
  // From nowhere, arrows scroll as ever.
  if (at < 0 && !isSearch && event.key !== 'j') return false
  if (at === 0 && step < 0) document.querySelector<HTMLElement>('[data-search]')?.focus()
  const next = at < 0 ? (step > 0 ? rows[0] : undefined) : rows[at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return next !== undefined
}
