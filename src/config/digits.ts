/** A whole number as people read it: 1,234,567. Intl, which knows this for all languages, takes long to load them. */
export function digits(amount: number): string {
  return String(amount).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
