/** What changed between two definitions of a group. */

import type { Change } from '../../../src/ui/model.js'

export function ChangeView({ change: { features, sql } }: { change: Change }) {
  return (
    <>
      {features.length > 0 && (
        <ul class="changes">
          {features.map(({ feature, before, after }) => (
            <li key={feature}>
              <b class="name">{feature}</b>{' '}
              {before === null ? (
                <ins>{after}</ins>
              ) : after === null ? (
                <del>{before}</del>
              ) : (
                <>
                  <del>{before}</del> → <ins>{after}</ins>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {sql.map(({ feature, lines }) => (
        <Diff
          key={feature ?? ''}
          label={feature === null ? 'Change of the SQL' : `Change of ${feature}`}
          lines={lines}
        />
      ))}
    </>
  )
}

function Diff({ label, lines }: { label: string; lines: readonly string[] }) {
  return (
    <div class="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard */}
      <pre tabIndex={0} aria-label={label} role="region" class="diff">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
          <span key={index} class={line.startsWith('+') ? 'new' : line.startsWith('-') ? 'gone' : 'kept'}>
            {`${line}\n`}
          </span>
        ))}
      </pre>
    </div>
  )
}
