import { connect, type Socket } from 'node:net'

/** A request as it goes over the wire; nothing is checked, escaped or added. */
export interface RawRequest {
  method: string
  target: string
  headers: readonly (readonly [name: string, value: string | Buffer])[]
  body?: Buffer
  /** What the headers say isn't what is sent, so the connection is of no use afterwards. */
  spoilsConnection?: boolean
}

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  status: number
  headers: Map<string, string>
  body: string
}

const noAnswer: RawAnswer = { status: 0, headers: new Map(), body: '' }

/** One connection, kept alive, that sends any bytes: what the usual clients would not let through. */
export class RawClient {
  private socket: Socket | null = null

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** @throws where no answer came within `timeoutMs` */
  async send(request: RawRequest, timeoutMs: number): Promise<RawAnswer> {
    const socket = this.socket ?? connect(this.port, this.host)
    this.socket = socket
    socket.write(bytesOf(request))
    if (request.spoilsConnection) socket.end()
    const answer = await answerOn(socket, request.method, timeoutMs)
    if (request.spoilsConnection || answer.status === 0 || answer.headers.get('connection') === 'close') this.close()
    return answer
  }

  close(): void {
    this.socket?.destroy()
    this.socket = null
  }
}

function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const lines = headers.flatMap(([name, value]) => [Buffer.from(`${name}: `), Buffer.from(value as string), newLine])
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n`)
  return Buffer.concat([head, ...lines, newLine, body ?? Buffer.alloc(0)])
}

const newLine = Buffer.from('\r\n')

function answerOn(socket: Socket, method: string, timeoutMs: number): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const end = (finish: () => void) => {
      clearTimeout(timer)
      socket.removeAllListeners()
      socket.on('error', () => {})
      finish()
    }
    const timer = setTimeout(() => end(() => reject(new Error(`no answer within ${timeoutMs} ms`))), timeoutMs)
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      const answer = parsed(received, method)
      if (answer) end(() => resolve(answer))
    })
    socket.on('error', () => end(() => resolve(noAnswer)))
    socket.on('close', () => end(() => resolve(noAnswer)))
  })
}

/** The answer, once it is there as a whole. */
function parsed(received: Buffer, method: string): RawAnswer | null {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [first = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n')
  const headers = new Map(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const status = Number(first.split(' ')[1])
  if (status === 100) return parsed(received.subarray(headEnd + 4), method)
  const hasBody = method !== 'HEAD' && status !== 304 && status !== 204
  const length = hasBody ? Number(headers.get('content-length') ?? 0) : 0
  const body = received.subarray(headEnd + 4)
  return body.length < length ? null : { status, headers, body: body.subarray(0, length).toString('utf8') }
}
