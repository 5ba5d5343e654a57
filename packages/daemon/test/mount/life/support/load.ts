// Eight clients at work on a mount of the loopback while something befalls it. Writers sync each record and note it
// outside the mount, so that what was acknowledged can be looked for beneath afterwards.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { ClientProcess } from '../../../support/client-process.js'
import type { Mounted } from '../../../support/mounted.js'
import { waitUntil } from '../../../support/wait-until.js'

const CLIENT = fileURLToPath(
  new URL('../../../../test/mount/life/support/load-client.py', import.meta.url),
)
const KINDS = ['reader', 'reader', 'reader', 'writer', 'writer', 'writer', 'renamer', 'renamer']
const SHARED = Buffer.alloc(
  512 * 256,
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
)
const RECORD_LENGTH = 16
/** More than any scenario lasts; a client that is stuck is told from one that works by `ended()`. */
const CLIENT_LIFE_MS = 160_000

/** What one client has seen. */
export interface ClientReport {
  readonly kind: string
  readonly rounds: number
  /** How often by name. */
  readonly errors: Readonly<Record<string, number>>
  /** What was not as it must be. */
  readonly wrong: readonly string[]
}

export class Load {
  readonly #mounted: Mounted
  readonly #reports: string
  readonly #clients: readonly ClientProcess[]

  private constructor(mounted: Mounted) {
    this.#mounted = mounted
    this.#reports = join(mounted.root, 'reports')
    mkdirSync(this.#reports, { recursive: true })
    writeFileSync(join(mounted.source, 'shared'), SHARED)
    this.#clients = KINDS.map((kind, number) =>
      mounted.start('python3', [CLIENT, kind, `${number}`, mounted.mountpoint, this.#reports], {
        deadlineMs: CLIENT_LIFE_MS,
      }),
    )
  }

  /** Resolves when every client is at work. */
  static async start(mounted: Mounted): Promise<Load> {
    const load = new Load(mounted)
    await load.proceeds()
    return load
  }

  get clients(): readonly ClientProcess[] {
    return this.#clients
  }

  kindOf(client: number): string {
    return KINDS[client] as string
  }

  /** Resolves when every client that runs has done `rounds` more. */
  async proceeds(rounds = 5): Promise<void> {
    const before = KINDS.map((_, number) => this.#rounds(number))
    await waitUntil('every client gets on', () =>
      this.#clients.every(
        (client, number) =>
          !client.isRunning || this.#rounds(number) >= (before[number] ?? 0) + rounds,
      ),
    )
  }

  /** Asks the clients to end. @returns what they have seen @throws when one is stuck */
  async stop(): Promise<ClientReport[]> {
    for (const client of this.#clients) client.kill('SIGTERM')
    return await this.ended()
  }

  /** Resolves when all have ended, each by itself. @throws when one is stuck */
  async ended(): Promise<ClientReport[]> {
    await waitUntil('no client is stuck', () =>
      this.#clients.every(({ isRunning }) => !isRunning),
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#mounted.dump()}`)
    })
    const results = await Promise.all(this.#clients.map(({ ended }) => ended))
    return results.flatMap(({ signal, stdout, stderr }) => {
      // A client that the scenario killed has nothing to tell.
      if (signal === 'SIGKILL') return []
      if (stdout === '') throw new Error(`a client ended without a report: ${stderr}`)
      return [JSON.parse(stdout) as ClientReport]
    })
  }

  /** Looks beneath for all that was acknowledged to writers, and for the renamers' files. */
  checkBeneath(t: Test): void {
    for (const [number, kind] of KINDS.entries()) {
      if (kind === 'writer') this.#checkRecords(t, number)
      if (kind === 'renamer') {
        const found = ['here', 'there'].flatMap((name) =>
          contentOf(join(this.#mounted.source, `${name}-${number}`)),
        )
        t.same(found, [`${number}`], `the file of renamer ${number} is under one name`)
      }
    }
  }

  #checkRecords(t: Test, number: number): void {
    const acknowledged = readFileSync(join(this.#reports, `acknowledged-${number}`), 'utf8')
    const rounds = acknowledged.split('\n').slice(0, -1)
    const [records = ''] = contentOf(join(this.#mounted.source, `records-${number}`))
    const lost = rounds.filter((round) => {
      const at = Number(round) * RECORD_LENGTH
      return records.slice(at, at + RECORD_LENGTH) !== `${round.padStart(RECORD_LENGTH - 1, '0')}\n`
    })
    t.ok(rounds.length > 0, `writer ${number} was acknowledged ${rounds.length} records`)
    t.same(lost, [], 'none of them is lost')
  }

  #rounds(number: number): number {
    return Number(contentOf(join(this.#reports, `progress-${number}`))[0] ?? 0)
  }
}

/** Nothing was read or renamed wrongly, and every error is one of `expected`. */
export function checkReports(
  t: Test,
  reports: readonly ClientReport[],
  expected: readonly string[],
): void {
  for (const { kind, rounds, errors, wrong } of reports) {
    t.same(wrong, [], `${kind}: all was right in ${rounds} rounds`)
    const others = Object.keys(errors).filter((name) => !expected.includes(name))
    t.same(others, [], `${kind}: no error but ${expected.join(', ') || 'none'}`)
  }
}

function contentOf(file: string): string[] {
  try {
    return [readFileSync(file, 'latin1')]
  } catch {
    return []
  }
}
