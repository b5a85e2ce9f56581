/** How steeply a curve rises: y = c · x^exponent. */
import type { Cell } from '../table.js'
import type { Point } from './point.js'

export function fitted(points: readonly Point[], x: string, y: string): Record<string, Cell> {
  const all = points.map((point) => [Math.log(amountOf(point[x])), Math.log(amountOf(point[y]))] as const)
  const usable = all.filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b))
  return {
    from: Math.min(...points.map((point) => amountOf(point[x]))),
    to: Math.max(...points.map((point) => amountOf(point[x]))),
    exponent: slope(usable),
    'at the end': slope(usable.slice(-2)),
  }
}

export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map((point) => point[0])), mean(points.map((point) => point[1]))]
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}

function amountOf(cell: Cell | undefined): number {
  if (typeof cell === 'number') return cell
  return cell !== null && typeof cell === 'object' ? cell.median : Number.NaN
}
