import { useEffect, useRef } from 'preact/hooks'
import { destinations } from '../keys.js'

const keys: readonly (readonly [string, string])[] = [
  ...destinations.map(({ key, title }) => [`g ${key}`, title] as const),
  ['/', 'Search'],
  ['↓ ↑', 'From the search along the rows'],
  ['j k', 'Along the rows'],
  ['r', 'Ask again'],
  ['t', 'Theme: system, light, dark'],
  ['Esc', 'Leave a field, close this'],
]

export function Help({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="keys-title">
      <div class="dialog">
        <h2 id="keys-title">Keys</h2>
        <dl class="keys">
          {keys.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  )
}
