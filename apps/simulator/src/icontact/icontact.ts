import { Injectable } from '@nestjs/common'
import { Clock } from '../clock/clock.js'
import { Faults } from '../faults/faults.js'
import { ClientFolder } from './folder.js'
import { ICONTACT_DEFAULTS, type IContactSettings } from './settings.js'

/** What the default account is opened with. */
export const ICONTACT_DEMO = {
  accountId: '413323',
  clientFolderId: '124667',
  appId: 'demo-app-id',
  username: 'demo@example.com',
  password: 'demo-api-password',
} as const

/** What a request's headers must say. */
export interface IContactCredentials {
  appId: string
  username: string
  password: string
}

/** An account: who may in, and its client folders. */
export interface IContactAccount {
  id: string
  credentials: IContactCredentials
  enabled: boolean
  folders: Map<string, ClientFolder>
}

/** The iContact stand-in. */
@Injectable()
export class IContact {
  readonly settings: IContactSettings = { ...ICONTACT_DEFAULTS }
  readonly faults = new Faults()
  private readonly accounts = new Map<string, IContactAccount>()
  private window = { startedAt: 0, used: 0 }

  constructor(readonly clock: Clock) {
    this.addDemo()
  }

  /** Takes everything back to the default account, which is empty again. */
  reset(): void {
    this.accounts.clear()
    this.faults.clear()
    this.faults.forgetRequests()
    Object.assign(this.settings, ICONTACT_DEFAULTS)
    this.window = { startedAt: 0, used: 0 }
    this.addDemo()
  }

  addAccount(id: string, credentials: IContactCredentials, folderIds: string[] = ['1']): IContactAccount {
    const account: IContactAccount = { id, credentials, enabled: true, folders: new Map() }
    for (const folderId of folderIds) {
      account.folders.set(folderId, new ClientFolder(folderId, this.clock, this.settings))
    }
    this.accounts.set(id, account)
    return account
  }

  /** The account of that id, or the default one. Throws where there is none. */
  account(id: string = ICONTACT_DEMO.accountId): IContactAccount {
    const account = this.accounts.get(id)
    if (!account) throw new Error(`there is no account "${id}"; known: ${[...this.accounts.keys()].join(', ')}`)
    return account
  }

  allAccounts(): IContactAccount[] {
    return [...this.accounts.values()]
  }

  /** A client folder, of the default account unless said otherwise. */
  folder(accountId?: string, folderId?: string): ClientFolder {
    const { id, folders } = this.account(accountId)
    const folder = folderId === undefined ? [...folders.values()][0] : folders.get(folderId)
    if (!folder) throw new Error(`account ${id} has no client folder "${folderId ?? ''}"`)
    return folder
  }

  /** Counts one request. @returns false where the hour's are used up */
  countRequest(): boolean {
    const { hourlyLimit } = this.settings
    const startedAt = Math.floor(this.clock.now() / 3_600_000)
    if (this.window.startedAt !== startedAt) this.window = { startedAt, used: 0 }
    this.window.used++
    return hourlyLimit === null || this.window.used <= hourlyLimit
  }

  private addDemo(): void {
    const { accountId, clientFolderId, ...credentials } = ICONTACT_DEMO
    this.addAccount(accountId, credentials, [clientFolderId])
  }
}
