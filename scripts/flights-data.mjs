// Makes templates/flights/data/flights.csv from the flights that ship with vega-datasets.
// Run: node scripts/flights-data.mjs

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = new URL('../node_modules/vega-datasets/data/flights-20k.json', import.meta.url)
const target = new URL('../templates/flights/data/flights.csv', import.meta.url)

const columns = ['id', 'departed_at', 'arrived_at', 'delay', 'distance', 'origin', 'destination']

/** The source says 'YYYY/MM/DD HH:MM' on the airport's local clock; it is read as UTC. */
function departure({ date }) {
  const parts = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2})$/.exec(date)
  if (!parts) throw new Error(`unexpected date: ${date}`)
  const [, year, month, day, hour, minute] = parts.map(Number)
  return Date.UTC(year, month - 1, day, hour, minute)
}

/** An estimate, for the source has no arrivals: half an hour on the ground, then 7.5 miles a minute (8 s a mile). */
function arrival(flight) {
  return departure(flight) + (30 * 60 + flight.distance * 8) * 1000
}

const instant = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z')

const flights = JSON.parse(readFileSync(source, 'utf8'))
// The sort is stable: flights of the same minute keep the order of the source, so every run writes the same file.
flights.sort((a, b) => departure(a) - departure(b))

const lines = flights.map((flight, index) =>
  [
    index + 1,
    instant(departure(flight)),
    instant(arrival(flight)),
    flight.delay,
    flight.distance,
    flight.origin,
    flight.destination,
  ].join(','),
)

writeFileSync(target, `${[columns.join(','), ...lines].join('\n')}\n`)
process.stdout.write(`${lines.length} flights written to ${fileURLToPath(target)}\n`)
