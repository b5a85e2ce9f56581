// Asks one route over and over on so many connections, each waiting for its answer, and tells how long answers took.
// Plain sockets: the client must cost less than the server. What to do comes on stdin as JSON.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const order = JSON.parse(readFileSync(0, 'utf8'))
const { port, path, bodies, connections, seconds, practiseOn = port, until: ends = [] } = order
const most = ends.at(-1) ?? Number.POSITIVE_INFINITY
const requests = bodies.map((body) =>
  Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  ),
)
const end = Buffer.from('\r\n\r\n')
const latencies = []
let failed = 0
let next = 0
let until = 0

function client(to) {
  return new Promise((resolve) => {
    const socket = connect(to, '127.0.0.1').setNoDelay(true)
    let asked = 0
    let left = -1
    let head = Buffer.alloc(0)
    const ask = () => {
      if (performance.now() >= until || latencies.length >= most) return socket.end()
      asked = performance.now()
      socket.write(requests[next++ % requests.length])
    }
    const answered = () => {
      latencies.push(performance.now() - asked)
      left = -1
      ask()
    }
    socket.on('connect', ask).on('close', resolve)
    socket.on('error', () => failed++)
    socket.on('data', (chunk) => {
      if (left < 0) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
        const at = head.indexOf(end)
        if (at < 0) return
        const text = head.toString('latin1', 0, at)
        if (!text.startsWith('HTTP/1.1 200')) failed++
        left = Number(/content-length: (\d+)/i.exec(text)[1]) - (head.length - at - end.length)
        head = Buffer.alloc(0)
      } else left -= chunk.length
      if (left === 0) answered()
    })
  })
}

async function run(time, to) {
  latencies.length = 0
  const started = performance.now()
  until = started + time * 1000
  await Promise.all(Array.from({ length: connections }, () => client(to)))
  return (performance.now() - started) / 1000
}

function quantiles(of) {
  const sorted = of.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { p50: at(0.5), p99: at(0.99) }
}

// By then the client's own code is compiled.
await run(Math.min(seconds, 1), practiseOn)
const took = await run(seconds, port)
const parts = ends.map((end, i) => quantiles(latencies.slice(ends[i - 1] ?? 0, end)))
console.log(JSON.stringify({ rate: latencies.length / took, ...quantiles(latencies), failed, parts }))
