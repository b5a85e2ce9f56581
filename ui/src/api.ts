/** Asks the server. Answers are kept in memory, so that going back shows at once; revealed values never are. */

import type { ErrorAnswer } from '../../src/ui/model.js'

export type Params = { readonly [name: string]: string | null | undefined }

/** Why there is no answer. `status` is 0 where no server was reached. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly why?: string,
    readonly fix?: string,
  ) {
    super(message)
  }

  /** It passes by itself: another process has the database, or the server is being started again. */
  get passes(): boolean {
    return this.status === 423 || this.status === 0 || this.status === 503
  }
}

const kept = new Map<string, unknown>()

/** Those on their way: two parts of a page that ask the same get one answer. */
const asked = new Map<string, Promise<unknown>>()

export function address(path: string, params: Params = {}): string {
  const given = Object.entries(params).flatMap(([name, value]) => (value ? [[name, value]] : []))
  const query = new URLSearchParams(given).toString()
  return `/ui/api/${path}${query && `?${query}`}`
}

/** What was answered last, if it may be shown again. */
export function remembered<T>(url: string): T | undefined {
  return kept.get(url) as T | undefined
}

export function ask<T>(url: string): Promise<T> {
  const asking = asked.get(url) ?? fetched(url).finally(() => asked.delete(url))
  asked.set(url, asking)
  return asking as Promise<T>
}

async function fetched(url: string): Promise<unknown> {
  const response = await reach(url)
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw refusal(response.status, body as ErrorAnswer | null)
  if (!url.includes('reveal=')) kept.set(url, body)
  return body
}

async function reach(url: string): Promise<Response> {
  try {
    return await fetch(url, { headers: { accept: 'application/json' } })
  } catch {
    throw new Refusal(0, 'SERVER_GONE', 'The server does not answer', undefined, 'Start it again: fstore ui')
  }
}

function refusal(status: number, body: ErrorAnswer | null): Refusal {
  const { code = `HTTP_${status}`, message = `The server answered ${status}`, why, fix } = body?.error ?? {}
  return new Refusal(status, code, message, why, fix)
}
