import { FsError } from '@fuseloop/core'
import type { InodeNode, Text } from '@fuseloop/core/inode'
import { adaptPathHandlers, type PathHandlers } from '@fuseloop/core/path'
import type { RequestContext } from '@fuseloop/core/session'
import t from 'tap'
import { serve } from '../dispatch/served.js'

const CONTEXT = { worker: 0 } as RequestContext
const ATTRIBUTES = { mode: 0o100644 }

/** A node that `move` gives another path. */
class MovingNode implements InodeNode<Text> {
  readonly nodeid = 5
  readonly identity = new Uint8Array(0)
  path: Text = 'old'
  epoch = 1

  move(): void {
    this.path = 'new'
    this.epoch += 1
  }
}

const missing = (): never => {
  throw new FsError('ENOENT')
}

for (const asynchronous of [false, true]) {
  const way = asynchronous ? 'asynchronous' : 'synchronous'

  t.test(`${way}: what moved meanwhile is asked for once more, by its new path`, async (t) => {
    const node = new MovingNode()
    const paths: unknown[] = []
    const find = (path: Text): typeof ATTRIBUTES => {
      paths.push(path)
      if (path !== '/old') return ATTRIBUTES
      node.move()
      return missing()
    }
    const adapted = adaptPathHandlers({
      getattr: (path) => (asynchronous ? Promise.resolve(path).then(find) : find(path)),
    })
    t.same(await adapted.getattr?.(node, undefined, CONTEXT), ATTRIBUTES)
    t.same(paths, ['/old', '/new'])
  })

  t.test(`${way}: what did not move is missing, and another error is itself`, async (t) => {
    const node = new MovingNode()
    let calls = 0
    let fail: () => never = missing
    const find = (): never => {
      calls += 1
      return fail()
    }
    const adapted = adaptPathHandlers({
      getattr: () => (asynchronous ? Promise.resolve().then(find) : find()),
    })
    const ask = async () => await adapted.getattr?.(node, undefined, CONTEXT)
    await t.rejects(ask(), { code: 'ENOENT' })
    t.equal(calls, 1)
    fail = () => {
      node.move()
      throw new FsError('EACCES')
    }
    await t.rejects(ask(), { code: 'EACCES' })
    t.equal(calls, 2)
    fail = () => {
      node.move()
      return missing()
    }
    await t.rejects(ask(), { code: 'ENOENT' }, 'and not again and again')
    t.equal(calls, 4)
  })
}

t.test('what makes a name is asked for once', async (t) => {
  const node = new MovingNode()
  let calls = 0
  const given: PathHandlers<Text, number | object> = {
    getattr: () => ATTRIBUTES,
    mkdir: () => {
      calls += 1
      node.move()
      missing()
    },
  }
  const adapted = adaptPathHandlers(given)
  t.throws(() => adapted.mkdir?.(node, 'n', 0o755, CONTEXT), { code: 'ENOENT' })
  t.equal(calls, 1)
})

t.test('a getattr that a rename overtakes finds its file', async (t) => {
  const seen: unknown[] = []
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const names = new Set(['/d', '/d/f'])
  const session = serve(
    t,
    adaptPathHandlers({
      async getattr(path) {
        seen.push(path)
        if (path === '/d/f' && seen.length > 2) await held
        if (path === '/') return { mode: 0o40755 }
        if (!names.has(String(path))) return missing()
        return String(path).endsWith('f') ? ATTRIBUTES : { mode: 0o40755 }
      },
      rename: () => {
        names.clear()
        names.add('/e').add('/e/f')
      },
    }),
  )
  const { request } = session
  const directory = (await session.send(request.lookup(1, 'd'))).entry.nodeid
  const file = (await session.send(request.lookup(directory, 'f'))).entry.nodeid
  const asked = session.send(request.getattr(file))
  t.equal((await session.send(request.rename(1, 'd', 1, 'e'))).error, 0)
  release()
  t.equal((await asked).error, 0)
  t.same(seen, ['/d', '/d/f', '/d/f', '/e/f'])
})
