// Asks one route over and over on so many connections, each waiting for its answer, and tells how long answers took.
// Plain sockets: the client must cost less than the server. What to do comes on stdin as JSON.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const { port, path, bodies, connections, seconds } = JSON.parse(readFileSync(0, 'utf8'))
const requests = bodies.map((body) =>
  Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  ),
)
const end = Buffer.from('\r\n\r\n')
const latencies = []
let failed = 0
let next = 0
let until = 0

function client() {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    let asked = 0
    let left = -1
    let head = Buffer.alloc(0)
    const ask = () => {
      if (performance.now() >= until) return socket.end()
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

async function run(time) {
  latencies.length = 0
  const started = performance.now()
  until = started + time * 1000
  await Promise.all(Array.from({ length: connections }, client))
  return (performance.now() - started) / 1000
}

await run(seconds / 4)
const took = await run(seconds)
latencies.sort((a, b) => a - b)
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]
console.log(JSON.stringify({ rate: latencies.length / took, p50: at(0.5), p99: at(0.99), failed }))
