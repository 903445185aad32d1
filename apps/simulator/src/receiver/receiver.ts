import { Injectable } from '@nestjs/common'
import { Mailbox, type ReceivedCallback } from './mailbox.js'

/** The callback receiver: one mailbox per name, made when first named. */
@Injectable()
export class Receiver {
  private readonly mailboxes = new Map<string, Mailbox>()
  private baseUrl = ''

  /** Said once the port is known. */
  listeningAt(baseUrl: string): void {
    this.baseUrl = baseUrl
  }

  /** The mailbox of that name, with the key to check signatures with where one is given. */
  mailbox(name = 'default', options: { key?: string } = {}): Mailbox {
    const mailbox =
      this.mailboxes.get(name) ?? new Mailbox(name, `${this.baseUrl}/callbacks/${encodeURIComponent(name)}`)
    this.mailboxes.set(name, mailbox)
    if (options.key !== undefined) mailbox.key = options.key
    return mailbox
  }

  all(): Mailbox[] {
    return [...this.mailboxes.values()]
  }

  /** As the default mailbox's `waitFor`. */
  waitFor(
    predicate: (callback: ReceivedCallback) => boolean,
    timeoutMs?: number,
    wanted?: string,
  ): Promise<ReceivedCallback> {
    return this.mailbox().waitFor(predicate, timeoutMs, wanted)
  }

  /** Forgets every mailbox, its key and its mode included. */
  reset(): void {
    this.mailboxes.clear()
  }
}
