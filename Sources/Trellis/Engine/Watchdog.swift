// One thread that looks at the clock for all engines. A run with a time limit sets its deadline here; when it passes, the
// watchdog sets the engine's stop flag, which machine, builtins and kernels poll anyhow. So time ends everything that an
// interrupt ends, and nothing that runs has to look at a clock of its own.
//
// Invariant: a flag is set only while its entry is in the table, under the lock; a run takes its entry out before it ends.
import CPlatform
import Glibc
import VM

final class Watchdog: @unchecked Sendable {
  static let shared = Watchdog()

  private struct Entry {
    let deadline: Double
    let flag: UnsafeMutablePointer<Int32>
  }
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var entries: [Int: Entry] = [:]
  private var nextNumber = 0
  private var thread: JoinableThread?

  private init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  /// Sets `flag` once so many seconds have passed, unless `forget` is called first with the number that this gives.
  func watch(_ flag: UnsafeMutablePointer<Int32>, seconds: Double) -> Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if thread == nil { thread = JoinableThread(stackBytes: 1 << 17) { [self] in serve() } }
    nextNumber += 1
    entries[nextNumber] = Entry(deadline: Machine.now() + max(0, seconds), flag: flag)
    pthread_cond_signal(changed)
    return nextNumber
  }

  func forget(_ number: Int) {
    pthread_mutex_lock(mutex)
    entries[number] = nil
    pthread_mutex_unlock(mutex)
  }

  private func serve() {
    pthread_mutex_lock(mutex)
    while true {
      let now = Machine.now()
      for (number, entry) in entries where entry.deadline <= now {
        if trellis_load_relaxed_32(entry.flag) == 0 { trellis_store_relaxed_32(entry.flag, Machine.outOfTime) }
        entries[number] = nil
      }
      guard let next = entries.values.map(\.deadline).min() else {
        pthread_cond_wait(changed, mutex)
        continue
      }
      // A deadline far away is looked at again; the seconds of a `timespec` have an end.
      let wait = min(next, now + 3600)
      var time = timespec(tv_sec: Int(wait), tv_nsec: Int((wait - wait.rounded(.down)) * 1e9))
      pthread_cond_timedwait(changed, mutex, &time)
    }
  }
}
