/** The fenced blocks of a page, and what the comments above them say is to be done with them. */

export const directives = [
  /** Of a page: the template whose built project its commands run in; `nothing` for an empty folder. */
  'runs in',
  /** Why nothing can be done with the block. */
  'not run',
  /** What runs in its place, where a sample names somebody's own server. */
  'runs as',
  /** Commands that run before it. */
  'set up',
  /** The exit code of its commands; 0 when absent. */
  'exits',
  /** What is declared around a piece of TypeScript: a file of contexts/, or `above` for the blocks before it. */
  'with',
  /** The file of the project that the block is. */
  'saved as',
] as const

export type Directive = (typeof directives)[number]

export interface Block {
  readonly language: string
  readonly code: string
  /** Of the line after the fence, from 1. */
  readonly line: number
  readonly says: Readonly<Partial<Record<Directive, string>>>
}

const fence = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm
const comment = new RegExp(`<!-- (${directives.join('|')}):\\s+([^]*?)\\s*-->`, 'g')
/** Comments with nothing but white space between them and the block. */
const above = /(?:<!-- [\s\S]*?-->\s*)+$/

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(fence)].map((match) => {
    const [, indent = '', language = '', code = ''] = match
    const before = text.slice(0, match.index)
    const comments = above.exec(before.slice(before.lastIndexOf('\n```\n') + 1))?.[0] ?? ''
    return {
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: before.split('\n').length + 1,
      says: saidBy(comments),
    }
  })
}

/** What a page says of all of its blocks. */
export function projectOf(text: string): string | undefined {
  return saidBy(text)['runs in']
}

/** Comments that look like a directive and are none. */
export function misspelt(text: string): string[] {
  const known = new Set(text.match(comment))
  return (text.match(/<!-- [a-z ]+:\s[\s\S]*?-->/g) ?? []).filter((one) => !known.has(one))
}

function saidBy(comments: string): Block['says'] {
  return Object.fromEntries([...comments.matchAll(comment)].map(([, name, value = '']) => [name, value.trim()]))
}
