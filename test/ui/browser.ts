/** A page in a real Chromium, and all that goes wrong in it. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Nothing but what is asked for goes over the network. */
const args = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
]

export function startBrowser({ command, env }: { command: string; env: Record<string, string> }): Promise<Browser> {
  return chromium.launch({ executablePath: command, args, env: { ...process.env, ...env } as Record<string, string> })
}

export interface Opened {
  readonly page: Page
  /** Errors of the page and its console, and requests that go elsewhere. */
  readonly faults: string[]
  /** Goes to a place of the page and waits until it is all there. */
  show(place: string): Promise<void>
  close(): Promise<void>
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) faults.push(request.url())
  })
  return {
    page,
    faults,
    async show(place) {
      // From nowhere, so that what was shown before is not taken for it.
      await page.goto('about:blank')
      await page.goto(`${url}/#/${place}`)
      await until(page, settled)
    },
    close: () => context.close(),
  }
}

const settled = `document.querySelector('h1') !== null && document.querySelector('.awaited, .progress.busy') === null &&
  document.querySelector('main :is(table, svg, .empty, .item, .notice)') !== null && !document.body.innerText.includes('Working it out')`

/** By polling from here: the page's own policy refuses what a waiting function would be compiled from. */
export async function until(page: Page, holds: string): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (await page.evaluate(holds)) return
    await sleep(50)
  }
  throw new Error(`It never held: ${holds}\n${await page.evaluate('document.body.innerText')}`)
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe calls serious or worse, of these rules or of all. The page must have been opened with `bypassCSP`. */
export async function barriers(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(await readFile(axe, 'utf8'))
  const options = rules === undefined ? {} : { runOnly: rules }
  const found = (await page.evaluate(`axe.run(${JSON.stringify(options)}).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + ' ' + target + ' ' + any[0]?.message)))`)) as string[]
  return found
}
