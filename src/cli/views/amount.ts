/** Amounts in few characters, apart from their units. */
import { digits } from '../../config/digits.js'

export interface Amount {
  readonly text: string
  readonly unit: string
}

const none: Amount = { text: '', unit: '' }

/** `123,456`, `12.3M`: seven characters at most. */
export function compact(amount: number): string {
  if (amount < 1e6) return digits(Math.round(amount))
  const [unit, size] = amount < 1e9 ? ['M', 1e6] : ['G', 1e9]
  return `${short(amount / (size as number))}${unit}`
}

function short(amount: number): string {
  return amount < 10 ? amount.toFixed(2) : amount < 100 ? amount.toFixed(1) : digits(Math.round(amount))
}

const sizes = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
  ['B', 1],
] as const

function bytes(amount: number): Amount {
  const [unit, size] = sizes.find(([, size]) => amount >= size) ?? sizes[3]
  return { text: size === 1 ? String(Math.round(amount)) : short(amount / size), unit: ` ${unit}` }
}

/** @param noun of one; a `byte` has larger units */
export function amountText(amount: number | undefined, noun: string): Amount {
  if (amount === undefined) return none
  return noun === 'byte' ? bytes(amount) : { text: compact(amount), unit: ` ${noun}${amount === 1 ? '' : 's'}` }
}

export function rateText(rate: number, noun: string): Amount {
  if (noun === 'byte') {
    const { text, unit } = bytes(rate)
    return { text, unit: `${unit}/s` }
  }
  return { text: rate >= 10 ? compact(rate) : rate.toPrecision(2), unit: '/s' }
}
