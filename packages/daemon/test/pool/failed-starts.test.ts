import t from 'tap'
import { FailedStarts, MAX_FAILED_STARTS } from '../../dist/pool/failed-starts.js'

t.test(
  "a seat's tenth in a row is one too many, unless somebody has served meanwhile",
  async (t) => {
    const starts = new FailedStarts()
    const all = (worker: number): boolean[] =>
      Array.from({ length: MAX_FAILED_STARTS }, () => starts.add(worker))
    t.same(all(0).indexOf(false), MAX_FAILED_STARTS - 1)
    t.ok(starts.add(1), 'seats are counted one by one')
    starts.clear()
    t.same(all(0).indexOf(false), MAX_FAILED_STARTS - 1)
  },
)
