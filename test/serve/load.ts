/** Clients that ask over and over, each on a connection that it keeps, until nobody listens any more. */
import { connect } from 'node:net'

export interface Clients {
  /** Answers so far. */
  readonly answered: number
  /** Resolves when no client can connect any more: statuses of the answers, and requests that got none. */
  readonly ended: Promise<{ readonly statuses: ReadonlyMap<number, number>; readonly unanswered: number }>
}

export function startClients(url: string, { clients, body }: { clients: number; body: object }): Clients {
  const { hostname, port } = new URL(url)
  const text = JSON.stringify(body)
  const request = `POST /v1/features HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
  const statuses = new Map<number, number>()
  let unanswered = 0
  let answered = 0

  /** @returns whether it could connect */
  const converse = () =>
    new Promise<boolean>((resolve) => {
      let heard = ''
      let isOpen = false
      let isWaiting = false
      const socket = connect(Number(port), hostname)
      const ask = () => {
        heard = ''
        isWaiting = true
        socket.write(request)
      }
      socket.setEncoding('latin1').on('error', () => {})
      socket.on('connect', () => {
        isOpen = true
        ask()
      })
      socket.on('data', (chunk) => {
        heard += chunk
        const [, head = '', answer] = /^([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(heard) ?? []
        if (answer === undefined || answer.length < Number(/content-length: (\d+)/i.exec(head)?.[1])) return
        const status = Number(head.slice(9, 12))
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        answered++
        isWaiting = false
        if (/connection: close/i.test(head)) socket.end()
        else ask()
      })
      socket.on('close', () => {
        if (isWaiting) unanswered++
        resolve(isOpen)
      })
    })
  const client = async () => {
    while (await converse());
  }
  const ended = Promise.all(Array.from({ length: clients }, client)).then(() => ({ statuses, unanswered }))
  return {
    get answered() {
      return answered
    },
    ended,
  }
}
