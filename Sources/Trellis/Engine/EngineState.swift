// What an engine, its functions and its objects hold together: the thread, the core that lives on it, and the flag that
// stops it. The last of them to go takes the thread with it.
import CPlatform
import Synchronization
import VM

/// The word that asks a run to stop. The thread may still set it back when its engine is gone.
final class StopFlag: @unchecked Sendable {
  let word = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
  init() { word.initialize(to: 0) }
  deinit { word.deallocate() }
}

final class EngineState: @unchecked Sendable {
  private let flag = StopFlag()
  var cancelFlag: UnsafeMutablePointer<Int32> { flag.word }
  private let thread: ScriptThread
  /// Lives and dies on the thread.
  private var core: EngineCore?
  /// Entries of the core's table that nobody in Swift holds any more.
  private let dropped = Mutex<[Int]>([])
  private let hooks: Engine.Hooks

  init(_ configuration: Engine.Configuration, _ hooks: Engine.Hooks) {
    self.hooks = hooks
    let flag = flag
    thread = ScriptThread(stackBytes: configuration.stackBytes) { trellis_store_relaxed_32(flag.word, 0) }
    core = thread.perform { EngineCore(configuration, hooks, cancelFlag: flag.word) }
    thread.perform { core?.state = self }
  }

  deinit {
    thread.perform { core = nil }
    thread.end()
  }

  /// Runs `body` on the thread, outside of any run; nil never, but for an engine that could not be made.
  @discardableResult
  func perform<Result>(_ body: (EngineCore) -> Result) -> Result? { thread.perform { core.map(body) } }

  /// Runs `body` on the thread as a run of its own, within the limits.
  func run<Result>(_ body: (EngineCore) throws(ScriptError) -> Result) throws(ScriptError) -> Result {
    try thread.perform { work(body) }.get()
  }

  /// The same without waiting; `completion` is called on the thread, unless `isCancelled` says before that it is too late.
  func submit<Result: Sendable>(
    _ body: @escaping @Sendable (EngineCore) throws(ScriptError) -> Result, isCancelled: @escaping @Sendable () -> Bool,
    completion: @escaping @Sendable (Swift.Result<Result, ScriptError>) -> Void
  ) -> Int {
    thread.submit { [self] in
      completion(isCancelled() ? .failure(ScriptError(.interrupted, [.init(.interrupted, at: nil)])) : work(body))
    }
  }

  /// Stops the run of that number, or the one that runs.
  func cancel(_ number: Int?) {
    thread.whileRunning(number) { trellis_store_relaxed_32(cancelFlag, 1) }
  }

  /// Called when the last Swift holder of a value in the core's table goes.
  func letGo(_ number: Int) { dropped.withLock { $0.append(number) } }

  private func work<Result>(_ body: (EngineCore) throws(ScriptError) -> Result) -> Swift.Result<Result, ScriptError> {
    guard let core else { return .failure(ScriptError(.internalError("the engine is gone"))) }
    core.begin(
      dropping: dropped.withLock { numbers in
        defer { numbers.removeAll() }
        return numbers
      })
    defer { core.end() }
    do { return .success(try body(core)) } catch {
      hooks.failure(error)
      return .failure(error)
    }
  }
}
