import {
  DirentType,
  direntType,
  FileType,
  hasFileType,
  InitFlag,
  OpenReplyFlag,
  SetattrValid,
} from '@fuseloop/core/protocol'
import t from 'tap'

t.test('INIT flags are bits 0 to 42, each once', async (t) => {
  t.same(
    Object.values(InitFlag),
    Array.from({ length: 43 }, (_, bit) => bit),
  )
  t.equal(InitFlag.INIT_EXT, 30)
  t.equal(InitFlag.SECURITY_CTX, 32)
})

t.test('small flag words are single bits without gaps', async (t) => {
  for (const flags of [SetattrValid, OpenReplyFlag]) {
    t.same(
      Object.values(flags),
      Object.keys(flags).map((_, bit) => 1 << bit),
    )
  }
})

t.test('the type of a directory record follows from the mode', async (t) => {
  const { UNKNOWN, ...known } = DirentType
  t.equal(UNKNOWN, 0)
  for (const name of Object.keys(known) as (keyof typeof known)[]) {
    t.equal(direntType(FileType[name] | 0o7777), DirentType[name], name)
  }
})

t.test('seven of sixteen file types exist', async (t) => {
  const types = Array.from({ length: 16 }, (_, type) => type << 12)
  t.same(types.filter(hasFileType), Object.values(FileType))
})
