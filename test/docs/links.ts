/** The links of a page within the repository. */
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { repository } from '../compiled.js'
import type { Page } from './pages.js'

const link = /\]\(([^)\s]+)\)/g
const image = /<img [^>]*src="([^"]+)"/g

/** @returns those that lead nowhere, each with its page */
export function brokenLinks(pages: readonly Page[]): string[] {
  const anchors = new Map(pages.map(({ name, text }) => [name, anchorsOf(text)]))
  return pages.flatMap(({ name, text }) => {
    const prose = text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').replaceAll(/`[^`\n]+`/g, '')
    const targets = [...prose.matchAll(link), ...prose.matchAll(image)].map(([, target = '']) => target)
    return targets
      .filter((target) => !/^(https?|mailto):/.test(target) && !leads(name, target))
      .map((target) => `${name}: ${target}`)
  })

  function leads(from: string, target: string): boolean {
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? from : normalize(join(dirname(from), path))
    if (!existsSync(join(repository, file))) return false
    return anchor === undefined || anchors.get(file)?.has(anchor) === true
  }
}

/** As GitHub makes them of headings: lower case, no punctuation, hyphens for spaces, a number for the second of a name. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  const prose = text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '')
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*\\]/g, '')
    const slug = words
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id)
  return anchors
}
