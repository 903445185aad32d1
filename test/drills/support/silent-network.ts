import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A way to a server on which bytes can vanish: nobody is refused, nothing is reset, nothing is said. */
export class SilentNetwork {
  private readonly server: Server
  private readonly pairs = new Set<{ near: Socket; far: Socket }>()
  private mute = false

  private constructor(private readonly target: { host: string; port: number }) {
    this.server = createServer({ allowHalfOpen: true }, near => this.relay(near))
  }

  /** To the server that the URL names. */
  static async to(url: string): Promise<SilentNetwork> {
    const { hostname, port } = new URL(url)
    const network = new SilentNetwork({ host: hostname, port: Number(port) })
    await new Promise<void>(done => network.server.listen(0, '127.0.0.1', done))
    return network
  }

  /** The same URL by this way. */
  url(of: string): string {
    const url = new URL(of)
    url.port = String((this.server.address() as AddressInfo).port)
    return url.href
  }

  /** From now on no connection carries anything; new ones are taken, and carry nothing either. */
  freeze(): void {
    this.mute = true
    this.loseConnections()
  }

  /** New connections work again. Those from before stay lost. */
  thaw(): void {
    this.mute = false
  }

  /** Connections there are carry nothing any more; new ones work. The server hears that they have gone. */
  loseConnections(): void {
    for (const { near, far } of this.pairs) {
      near.unpipe(far)
      far.unpipe(near)
      near.resume()
      far.destroy()
    }
  }

  close(): void {
    this.server.close()
    for (const { near, far } of this.pairs) {
      near.destroy()
      far.destroy()
    }
  }

  private relay(near: Socket): void {
    near.on('error', () => near.destroy())
    if (this.mute) return void near.resume()
    const far = connect(this.target)
    const pair = { near, far }
    this.pairs.add(pair)
    far.on('error', () => undefined)
    near.on('close', () => {
      far.destroy()
      this.pairs.delete(pair)
    })
    near.pipe(far)
    far.pipe(near)
  }
}
