// The thread pool: persistent workers that claim numbered parts of one job at a time.
//
// A job is `parts` calls of a closure. One 64-bit word holds the job's generation (24 bits), its number of parts (20)
// and the next unclaimed part (20); a thread claims a part by compare-and-exchange on the whole word, so a worker that
// wakes up late can never claim a part of a job that is over. The closure that it read before is valid when the claim
// succeeds: the job cannot end before that part has run. The caller claims parts too and could do all of them alone; at
// the end it waits for the parts that others are still running.
//
// Workers spin for a bounded time after a job, then sleep on a condition variable. Only one job runs at a time: a
// second engine's job, or a job started inside a part, runs on its own thread alone.
import CPlatform

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

package final class Pool: @unchecked Sendable {
  /// Rounds that an idle worker spins before it sleeps: most of a millisecond, so that it is awake when the next step of a
  /// loop comes.
  private static let spinRounds = 20_000

  private struct Job {
    var claim: Int64 = 0  // generation << 40 | parts << 20 | next part
    var finished: Int64 = 0
    var body: Int64 = 0  // address of the closure in the caller's frame
    var sleepers: Int64 = 0
    var target: Int64 = 1  // threads wanted, the caller among them
    var busy: Int32 = 0
  }

  private let job: UnsafeMutablePointer<Job>
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private var started = 1

  /// The pool of the process; one thread until somebody asks for more.
  package static let shared = Pool(threads: 1)

  package init(threads: Int) {
    job = .allocate(capacity: 1)
    job.initialize(to: Job())
    mutex = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    self.threads = threads
  }

  /// How many threads run a job, the caller's among them. Change it between jobs, from one thread.
  package var threads: Int {
    get { Int(trellis_load_relaxed_64(&job.pointee.target)) }
    set {
      trellis_store_relaxed_64(&job.pointee.target, Int64(Swift.max(1, newValue)))
      while started < newValue, startWorker(number: started) { started += 1 }
    }
  }

  /// Processors that the system has on line.
  package static var processors: Int { Swift.max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Calls `body` once for each of 0..<parts, in any order, on any thread, and returns when all have run.
  package func run(parts: Int, body: (Int) -> Void) {
    if parts <= 1 || threads <= 1 || trellis_inside_pool() != 0
      || trellis_exchange_acquire_32(&job.pointee.busy, 1) != 0
    {
      var part = 0
      while part < parts {
        body(part)
        part &+= 1
      }
      return
    }
    var first = 0
    while first < parts {
      let count = Swift.min(parts &- first, Pool.mostParts)
      let offset = first
      withoutActuallyEscaping(body) { body in
        var closure: (Int) -> Void = { part in body(part &+ offset) }
        withUnsafeMutablePointer(to: &closure) { runJob(parts: count, body: Int64(Int(bitPattern: $0))) }
      }
      first &+= count
    }
    trellis_store_release_32(&job.pointee.busy, 0)
  }

  private func runJob(parts: Int, body: Int64) {
    publish(parts: parts, body: body)
    trellis_set_inside_pool(1)
    claimParts()
    trellis_set_inside_pool(0)
    while trellis_load_acquire_64(&job.pointee.finished) < Int64(parts) { trellis_spin_hint() }
  }

  private func publish(parts: Int, body: Int64) {
    // With no part left to claim, nobody uses these words until the new generation is visible.
    let generation = (trellis_load_relaxed_64(&job.pointee.claim) >> 40) &+ 1
    trellis_store_relaxed_64(&job.pointee.finished, 0)
    trellis_store_relaxed_64(&job.pointee.body, body)
    trellis_store_ordered_64(&job.pointee.claim, generation << 40 | Int64(parts) << 20)
    if trellis_load_ordered_64(&job.pointee.sleepers) > 0 {
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Runs parts of the present job until none is left to claim.
  private func claimParts() {
    while true {
      let claim = trellis_load_acquire_64(&job.pointee.claim)
      let body = trellis_load_relaxed_64(&job.pointee.body)
      let part = Pool.nextPart(claim)
      if part >= Pool.partCount(claim) { return }
      // If the body is the next job's already, this claim is stale and the exchange fails.
      if !trellis_compare_exchange_64(&job.pointee.claim, claim, claim &+ 1) { continue }
      guard let pointer = UnsafeMutablePointer<(Int) -> Void>(bitPattern: Int(body)) else { return }
      pointer.pointee(Int(part))
      _ = trellis_fetch_add_64(&job.pointee.finished, 1)
    }
  }

  private static let mostParts = 0xF_FFFF
  private static func nextPart(_ claim: Int64) -> Int64 { claim & 0xF_FFFF }
  private static func partCount(_ claim: Int64) -> Int64 { claim >> 20 & 0xF_FFFF }

  private var hasUnclaimedParts: Bool {
    let claim = trellis_load_ordered_64(&job.pointee.claim)
    return Pool.nextPart(claim) < Pool.partCount(claim)
  }

  private final class Worker {
    let pool: Pool
    let number: Int
    init(pool: Pool, number: Int) {
      self.pool = pool
      self.number = number
    }
  }

  private func startWorker(number: Int) -> Bool {
    let worker = Unmanaged.passRetained(Worker(pool: self, number: number))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        #if canImport(Darwin)
          let worker = Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue()
        #else
          guard let argument else { return nil }
          let worker = Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue()
        #endif
        worker.pool.work(number: worker.number)
        return nil
      }, worker.toOpaque())
    if status != 0 { worker.release() }
    return status == 0
  }

  /// A worker's life: it never ends, as the pool of a process lives as long as the process.
  private func work(number: Int) {
    // Signals are the business of the main thread.
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    trellis_set_inside_pool(1)
    while true {
      var rounds = 0
      while rounds < Pool.spinRounds {
        if number < threads && hasUnclaimedParts {
          claimParts()
          rounds = 0
        } else {
          trellis_spin_hint()
          rounds &+= 1
        }
      }
      pthread_mutex_lock(mutex)
      _ = trellis_fetch_add_64(&job.pointee.sleepers, 1)
      if !(number < threads && hasUnclaimedParts) { pthread_cond_wait(wake, mutex) }
      _ = trellis_fetch_add_64(&job.pointee.sleepers, -1)
      pthread_mutex_unlock(mutex)
    }
  }
}
