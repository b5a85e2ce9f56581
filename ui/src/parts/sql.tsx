/** SQL with its words told apart: enough to read by, without a grammar. */

import { useState } from 'preact/hooks'

const keywords =
  'all and any as asc between by case cast coalesce count cross date_trunc desc distinct else end except exists extract ' +
  'false filter first following from full group having in inner interval intersect into is join lag last lateral lead ' +
  'left like limit materialized max min not null nulls numeric offset on or order outer over partition preceding range ' +
  'recursive right row rows select some sum then true unbounded union using values when where window with within avg'

const known = new Set(keywords.split(' '))

const pattern =
  /(--[^\n]*|\/\*[\s\S]*?\*\/)|('(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\3\$)|("(?:[^"]|"")*")|(?<!:)(:[a-z_]\w*)|(\b\d+(?:\.\d+)?\b)|([a-z_]\w*)/gi

interface Token {
  readonly text: string
  readonly kind?: 'comment' | 'string' | 'parameter' | 'number' | 'keyword'
}

function tokens(text: string): readonly Token[] {
  const found: Token[] = []
  let end = 0
  for (const match of text.matchAll(pattern)) {
    const [whole, comment, string, , , parameter, number, word] = match
    if (match.index > end) found.push({ text: text.slice(end, match.index) })
    end = match.index + whole.length
    if (comment) found.push({ text: whole, kind: 'comment' })
    else if (string) found.push({ text: whole, kind: 'string' })
    else if (parameter) found.push({ text: whole, kind: 'parameter' })
    else if (number) found.push({ text: whole, kind: 'number' })
    else if (word && known.has(word.toLowerCase())) found.push({ text: whole, kind: 'keyword' })
    else found.push({ text: whole })
  }
  return end < text.length ? [...found, { text: text.slice(end) }] : found
}

export function Sql({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = () => navigator.clipboard?.writeText(text).then(() => setCopied(true))
  return (
    <div class="code">
      <button type="button" class="copy" onClick={copy}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard */}
      <pre tabIndex={0} aria-label={label} role="region">
        <code>
          {tokens(text.trim()).map(({ text, kind }, index) =>
            kind === undefined ? (
              text
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
              <span key={index} class={`t-${kind}`}>
                {text}
              </span>
            ),
          )}
        </code>
      </pre>
    </div>
  )
}
