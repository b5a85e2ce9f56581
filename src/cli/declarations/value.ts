/** What arguments and options may hold. */
import { InvalidArgumentError } from 'commander'

export function list(value: string, before: readonly string[] = []): readonly string[] {
  const names = value.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Write names with commas between them.')
  return [...before, ...names]
}

export function each(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

export function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Write a whole number.')
  return Number(value)
}

export function portNumber(value: string): number {
  const port = wholeNumber(value)
  if (port > 65_535) throw new InvalidArgumentError('Ports go up to 65535.')
  return port
}
