/** Values are of persons: they are shown when asked for, on this view alone, and kept nowhere. */

interface Props {
  readonly isRevealed: boolean
  readonly reveal: (isRevealed: boolean) => void
}

export function Reveal({ isRevealed, reveal }: Props) {
  return (
    <button type="button" class="reveal" aria-pressed={isRevealed} onClick={() => reveal(!isRevealed)}>
      {isRevealed ? 'Mask values' : 'Reveal values'}
    </button>
  )
}

export function Masked() {
  return (
    <span class="masked">
      <span aria-hidden="true">••••</span>
      <span class="unseen">masked</span>
    </span>
  )
}
