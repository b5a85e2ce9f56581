/**
 * Where the page is: `#/groups/routes?tab=versions`. It lies behind the `#`, so that no server, log or proxy is told what
 * a person looks at before something is asked for, and so that any server of files can serve the page.
 */

import { useEffect, useState } from 'preact/hooks'
import type { Params } from './api.js'

export interface Route {
  readonly path: readonly string[]
  readonly params: URLSearchParams
}

const moved = 'fstore:moved'

function currentRoute(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  return { path: path.split('/').filter(Boolean).map(decoded), params: new URLSearchParams(query) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** An address within the page. The tenant goes along, unless it is named. */
export function href(path: readonly string[], params: Params = {}): string {
  const tenant = currentRoute().params.get('tenant')
  return written(path, { tenant, ...params })
}

function written(path: readonly string[], params: Params): string {
  const given = Object.entries(params).flatMap(([name, value]) => (value ? [[name, value]] : []))
  const query = new URLSearchParams(given).toString()
  return `#/${path.map(encodeURIComponent).join('/')}${query && `?${query}`}`
}

/** Goes there, as by a link. */
export function go(to: string): void {
  location.hash = to.slice(1)
}

/** Changes what this page shows of itself: a filter, a choice. Typing makes no steps for the back button. */
export function adjust(changes: Params, { step = false }: { step?: boolean } = {}): void {
  const { path, params } = currentRoute()
  const to = written(path, { ...Object.fromEntries(params), ...changes })
  if (to === location.hash) return
  if (step) history.pushState({ seen: true }, '', to)
  else history.replaceState(history.state, '', to)
  dispatchEvent(new Event(moved))
}

export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute)
  useEffect(() => {
    const follow = () => setRoute(currentRoute())
    const names = ['hashchange', 'popstate', moved]
    for (const name of names) addEventListener(name, follow)
    return () => {
      for (const name of names) removeEventListener(name, follow)
    }
  }, [])
  return route
}

/** Whether this place was shown before: the browser then scrolls to where it was. Marks it as shown. */
export function isReturn(): boolean {
  const isSeen = history.state?.seen === true
  if (!isSeen) history.replaceState({ seen: true }, '')
  return isSeen
}
