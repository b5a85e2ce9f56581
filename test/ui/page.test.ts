/** The page of `fstore ui` in a real Chromium: everything that can be looked at, by mouse and by keyboard. */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { findChromium } from '../servers/chromium.mjs'
import { server } from '../servers/server.js'
import { barriers, type Opened, openPage, startBrowser, until } from './browser.js'
import { type Large, openLarge } from './large-project.js'
import { hostile, type Looked, lookedAt } from './project.js'

const chromium = await findChromium()
const maybe = chromium === undefined ? describe.skip : describe

const places = [
  'overview',
  'catalogue',
  'catalogue?show=groups',
  'catalogue?show=services',
  'catalogue?show=datasets',
  'groups/spent',
  'groups/spent?tab=versions',
  'groups/spent?tab=statistics',
  'groups/spent?tab=rejected',
  'groups/clicks',
  'groups/half',
  'groups/never?tab=versions',
  'lineage?node=group:spent',
  'runs',
  'runs?show=coverage',
  'entities',
  'entities/user?key.user_id=u1&feature=spent.amount',
  'entities/user?key.user_id=u1&knownAt=2024-03-03T00:00:00Z',
  'overview?tenant=acme',
  'nowhere/at/all',
]

maybe('the page', () => {
  let assets: string
  let looked: Looked
  let url: string
  let browser: Browser

  beforeAll(async () => {
    if (chromium === undefined) return
    assets = join((await server('compiled')).folder, 'dist', 'ui')
    looked = await lookedAt({}, { assets })
    url = looked.url.replace(/\/$/, '')
    browser = await startBrowser(chromium)
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await looked?.close()
  })

  async function opened(work: (opened: Opened) => Promise<void>, options = {}, at = url): Promise<void> {
    const page = await openPage(browser, at, options)
    try {
      await work(page)
    } finally {
      await page.close()
    }
  }

  test('every place shows, errs nowhere, asks nobody else, and every chart has its table', () =>
    opened(async ({ page, faults, show }) => {
      let charts = 0
      for (const place of places) {
        await show(place)
        const reveal = page.getByRole('button', { name: 'Reveal values' })
        if (await reveal.count()) {
          await reveal.click()
          await until(page, `document.querySelector('.reveal[aria-pressed=true], .empty') !== null`)
          await until(page, `document.querySelector('.awaited, .progress.busy') === null`)
        }
        for (const figure of await page.locator('figure.chart').all()) {
          await figure.getByRole('button', { name: /as a table$/ }).click()
          expect({ place, rows: await figure.locator('table tbody tr').count() }).not.toEqual({ place, rows: 0 })
          charts++
        }
        expect(await page.title()).toMatch(/ · fstore$/)
      }
      expect(charts).toBeGreaterThan(10)
      await show('lineage')
      await page.getByRole('button', { name: 'As a table' }).click()
      expect(await page.locator('.lineage tbody tr').count()).toBeGreaterThan(5)
      expect(faults).toEqual([])
    }))

  test(
    'dark and light, in 400 px, no serious barrier and nothing beside the window',
    () =>
      opened(
        async ({ page, faults, show }) => {
          for (const place of places) {
            for (const colorScheme of ['dark', 'light'] as const) {
              await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
              if (colorScheme === 'dark') await show(place)
              // Nothing but colours is another in the second scheme.
              const rules = colorScheme === 'dark' ? undefined : ['color-contrast']
              expect({ place, colorScheme, barriers: await barriers(page, rules) }).toEqual({
                place,
                colorScheme,
                barriers: [],
              })
            }
            const root = 'document.documentElement'
            expect({
              place,
              beside: await page.evaluate(`Math.max(0, ${root}.scrollWidth - ${root}.clientWidth)`),
            }).toEqual({
              place,
              beside: 0,
            })
          }
          expect(faults).toEqual([])
        },
        { viewport: { width: 400, height: 800 }, bypassCSP: true },
      ),
    120_000,
  )

  test(
    'by keyboard alone: skip, go, search, walk, open, come back',
    () =>
      opened(async ({ page, faults, show }) => {
        const { keyboard } = page
        const focused = (selector: string) => until(page, `document.activeElement.matches(${JSON.stringify(selector)})`)
        await show('overview')
        await keyboard.press('Tab')
        await focused('.skip')
        await keyboard.press('Enter')
        await focused('main')
        await keyboard.press('g')
        await keyboard.press('c')
        await until(page, `document.querySelector('[data-search]') !== null`)
        await keyboard.press('/')
        await focused('[data-search]')
        await keyboard.type('amount tag:money')
        await until(page, `document.querySelectorAll('main tbody tr').length === 1`)
        await keyboard.press('ArrowDown')
        await focused('a[data-row]')
        await keyboard.press('Enter')
        await until(
          page,
          `document.querySelector('h1')?.innerText === 'spent' && document.querySelector('tr.chosen') !== null`,
        )
        expect(await page.locator('main').textContent()).toContain(hostile)
        await page.goBack()
        await until(page, `document.querySelector('[data-search]')?.value === 'amount tag:money'`)
        await keyboard.press('?')
        await until(page, `document.querySelector('dialog[open]') !== null`)
        await keyboard.press('Escape')
        await until(page, `document.querySelector('dialog') === null`)
        await show('lineage')
        await page.locator('[data-node="source:purchases"]').focus()
        await keyboard.press('ArrowRight')
        await focused('.node.group')
        await keyboard.press('Enter')
        await until(
          page,
          `document.querySelectorAll('.lit .edge.on').length > 0 && location.hash.includes('node=group')`,
        )
        expect(faults).toEqual([])
      }),
    120_000,
  )

  test('values are masked until asked for, on this view alone', () =>
    opened(async ({ page, show }) => {
      const shown = () => page.locator('code.value').count()
      await show('entities/user?key.user_id=u1')
      expect(await shown()).toBe(0)
      await page.getByRole('button', { name: 'Reveal values' }).click()
      await until(page, `document.querySelector('code.value') !== null`)
      await page.getByRole('link', { name: 'Runs', exact: true }).click()
      await until(page, `document.querySelector('h1').innerText === 'Runs'`)
      await page.goBack()
      await until(page, `document.querySelector('.masked') !== null`)
      expect(await shown()).toBe(0)
    }))

  test('of 200 groups and 4,000 features, which wait while the database is taken', async () => {
    const large: Large = await openLarge(assets)
    const part = async ({ page, show }: Opened) => {
      await show('catalogue')
      const rows = 'main tbody tr'
      expect(await page.locator('table[aria-rowcount="4001"]').count()).toBe(1)
      expect(await page.locator(rows).count()).toBeLessThan(200)
      await page.evaluate('scrollTo(0, document.body.scrollHeight)')
      await until(page, `document.body.innerText.includes('group_199.value_19')`)
      await show('lineage')
      expect(await page.locator('.node.group').count()).toBe(200)
      // Its plan may take longer than the rest.
      await page.goto(`${large.url}/#/overview`)
      await until(page, `document.querySelectorAll('${rows}').length === 200`)
      large.taken = true
      // Until what it was asked before has been answered.
      const again = `dispatchEvent(new KeyboardEvent('keydown', { key: 'r' }))`
      await until(page, `${again} && document.body.innerText.includes('Another process has the database')`)
      large.taken = false
      await until(page, `document.querySelector('.notice') === null`)
      await large.close()
      await page.keyboard.press('r')
      await until(page, `document.body.innerText.includes('The server does not answer')`)
    }
    await opened(part, {}, large.url)
  }, 120_000)
})
