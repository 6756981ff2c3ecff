// The thread that an engine runs scripts on. Its stack has a known size, so the depth of calls that a script may reach
// does not depend on who calls the engine. The thread sleeps between pieces of work; the caller sleeps meanwhile.
import Glibc

final class ScriptThread: @unchecked Sendable {
  /// One piece of work at a time, handed over under a lock.
  private final class Mailbox: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var work: (() -> Void)?
    private var isStopped = false

    init() {
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(changed, nil)
    }
    deinit {
      pthread_cond_destroy(changed)
      pthread_mutex_destroy(mutex)
      changed.deallocate()
      mutex.deallocate()
    }

    func perform(_ body: @escaping () -> Void) {
      pthread_mutex_lock(mutex)
      work = body
      pthread_cond_broadcast(changed)
      while work != nil { pthread_cond_wait(changed, mutex) }
      pthread_mutex_unlock(mutex)
    }

    func stop() {
      pthread_mutex_lock(mutex)
      isStopped = true
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }

    func serve() {
      pthread_mutex_lock(mutex)
      while true {
        while work == nil && !isStopped { pthread_cond_wait(changed, mutex) }
        guard let body = work else { break }
        pthread_mutex_unlock(mutex)
        body()
        pthread_mutex_lock(mutex)
        work = nil
        pthread_cond_broadcast(changed)
      }
      pthread_mutex_unlock(mutex)
    }
  }

  private let mailbox = Mailbox()
  private let thread: JoinableThread?

  /// `stackBytes` is kept between 512 KB and 8 MB.
  init(stackBytes: Int) {
    let mailbox = mailbox
    thread = JoinableThread(stackBytes: min(max(stackBytes, 512 << 10), 8 << 20)) { mailbox.serve() }
  }

  deinit {
    mailbox.stop()
    thread?.join()
  }

  /// Runs `work` on the thread and waits for it. If the system gave no thread, runs it here.
  func perform<Result>(_ work: () -> Result) -> Result {
    guard thread != nil else { return work() }
    var result: Result?
    withoutActuallyEscaping(work) { work in
      mailbox.perform { result = work() }
    }
    // The mailbox returns only after the work has stored its result.
    return result.unsafelyUnwrapped
  }
}
