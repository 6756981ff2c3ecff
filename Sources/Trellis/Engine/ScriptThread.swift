// The thread that an engine runs scripts on. Its stack has a known size, so the depth of calls that a script may reach
// does not depend on who calls the engine; the system gives it memory page by page, as it is used. Pieces of work wait in
// a queue and run one after the other. Work that the thread gives itself (a Swift function that a script calls, and that
// calls the engine) runs at once, inside the work that gave it.
import CPlatform
import Glibc

final class ScriptThread: @unchecked Sendable {
  /// One piece of work.
  private struct Job {
    let number: Int
    let work: () -> Void
  }

  private final class Mailbox: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [Job] = []
    private var lastNumber = 0
    private var running = 0
    /// The job that runs; touched by the thread alone.
    private var current: Job?
    /// Jobs that somebody waits for, and those of them that are done.
    private var waited: Set<Int> = []
    private var finished: Set<Int> = []
    private var isStopped = false
    private var thread: pthread_t?

    private let jobEnded: () -> Void

    init(jobEnded: @escaping () -> Void) {
      self.jobEnded = jobEnded
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(changed, nil)
    }
    deinit {
      pthread_cond_destroy(changed)
      pthread_mutex_destroy(mutex)
      changed.deallocate()
      mutex.deallocate()
    }

    func locked<Result>(_ body: () -> Result) -> Result {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return body()
    }

    var isOwnThread: Bool { locked { thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false } }

    /// Calls `body` if a job runs, the one of that number if one is given.
    func whileRunning(_ number: Int?, _ body: () -> Void) {
      locked { if running != 0, number == nil || number == running { body() } }
    }

    func submit(_ work: @escaping () -> Void) -> Int {
      locked {
        lastNumber += 1
        jobs.append(Job(number: lastNumber, work: work))
        pthread_cond_broadcast(changed)
        return lastNumber
      }
    }

    func perform(_ work: @escaping () -> Void) {
      pthread_mutex_lock(mutex)
      lastNumber += 1
      let number = lastNumber
      jobs.append(Job(number: number, work: work))
      waited.insert(number)
      pthread_cond_broadcast(changed)
      while finished.remove(number) == nil { pthread_cond_wait(changed, mutex) }
      pthread_mutex_unlock(mutex)
    }

    func stop() {
      locked {
        isStopped = true
        pthread_cond_broadcast(changed)
      }
    }

    private func begin() -> Int {
      let job = jobs.removeFirst()
      current = job
      running = job.number
      return job.number
    }

    func serve() {
      pthread_mutex_lock(mutex)
      thread = pthread_self()
      while true {
        while jobs.isEmpty && !isStopped { pthread_cond_wait(changed, mutex) }
        if jobs.isEmpty { break }
        let number = begin()
        pthread_mutex_unlock(mutex)
        current?.work()
        // Whoever waits may take back what the closure holds, so it goes before the word is given.
        current = nil
        pthread_mutex_lock(mutex)
        running = 0
        jobEnded()
        if waited.remove(number) != nil {
          finished.insert(number)
          pthread_cond_broadcast(changed)
        }
      }
      pthread_mutex_unlock(mutex)
    }
  }

  private let mailbox: Mailbox
  private let thread: JoinableThread?

  /// `stackBytes` is kept between 1 MB and 64 MB. `jobEnded` is called after each piece of work, when none runs.
  init(stackBytes: Int, jobEnded: @escaping () -> Void) {
    let mailbox = Mailbox(jobEnded: jobEnded)
    self.mailbox = mailbox
    thread = JoinableThread(stackBytes: min(max(stackBytes, 1 << 20), 64 << 20)) { mailbox.serve() }
  }

  /// Ends the thread once its work is done; the last call. The thread itself may make it.
  func end() {
    mailbox.stop()
    if mailbox.isOwnThread { thread?.detach() } else { thread?.join() }
  }

  /// Runs `work` on the thread and waits for it. If the system gave no thread, runs it here.
  func perform<Result>(_ work: () -> Result) -> Result {
    if thread == nil || mailbox.isOwnThread { return work() }
    var result: Result?
    withoutActuallyEscaping(work) { work in
      mailbox.perform { result = work() }
    }
    // The mailbox returns only after the work has stored its result.
    return result.unsafelyUnwrapped
  }

  /// Lets `work` run when its turn comes; the number is for `whileRunning`.
  func submit(_ work: @escaping () -> Void) -> Int {
    if thread == nil {
      work()
      return 0
    }
    return mailbox.submit(work)
  }

  /// Calls `body` if a job runs (the one of that number, if one is given); it can't end meanwhile.
  func whileRunning(_ number: Int? = nil, _ body: () -> Void) { mailbox.whileRunning(number, body) }
}
