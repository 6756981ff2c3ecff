// An engine runs scripts. It owns a heap, a tensor graph and a machine, all confined to one thread of its own; its
// functions may be called from any thread, one at a time, and wait for the result. `cancel` may be called while another
// function waits. Engines share nothing but the pool of computing threads.
//
// Read: Engine (the door), Engine+Configuration (what goes in, what comes out), EngineCore (what happens inside),
// ScriptThread; then Modules/, Parameters/ and Testing/.
import Diagnostics
import Syntax
import VM

public final class Engine: @unchecked Sendable {
  private let thread: ScriptThread
  /// Lives and dies on the thread.
  private var core: EngineCore?
  /// Nonzero asks whatever is running to stop; a signal handler may set it.
  package let cancelFlag: UnsafeMutablePointer<Int32>

  package init(_ configuration: Configuration = Configuration(), hooks: Hooks = Hooks()) {
    thread = ScriptThread(stackBytes: configuration.stackBytes)
    let core = thread.perform { EngineCore(configuration, hooks) }
    cancelFlag = core.cancelFlag
    self.core = core
  }

  deinit { thread.perform { core = nil } }

  /// Runs a script. `words` are those behind its name on a command line: values of its params and arguments.
  package func run(_ source: SourceFile, words: [String]) -> Outcome {
    perform { $0.run(source, words: words) }
  }

  /// Runs a line of a session: its top-level names stay, and the value of a last expression is shown.
  package func evaluate(_ source: SourceFile, words: [String] = []) -> Outcome {
    perform { $0.evaluate(source, words: words) }
  }

  /// Stops what is running, from any thread; the run ends as interrupted.
  public func cancel() { cancelFlag.pointee = 1 }

  /// The names that lines of the session have defined.
  package var sessionNames: [String] { thread.perform { core?.sessionNames ?? [] } }

  /// What running scripts has cost so far.
  package var profile: Profile { thread.perform { core?.profile ?? Profile() } }

  /// Runs the script's `test` blocks whose names `isWanted` accepts, each in its place.
  package func runTests(_ source: SourceFile, isWanted: @escaping @Sendable (String) -> Bool) -> Outcome {
    perform { $0.runTests(source, isWanted: isWanted) }
  }

  /// Whether more lines could make a whole of what was read so far.
  package static func isIncomplete(_ text: String) -> Bool {
    Parser.isIncomplete(SourceFile(name: "<entry>", bytes: Array(text.utf8)))
  }

  /// Runs `work` on the engine's thread; nil if the engine is going away.
  func onThread<Result>(_ work: (EngineCore) -> Result) -> Result? {
    thread.perform { core.map(work) }
  }

  private func perform(_ work: (EngineCore) -> Outcome) -> Outcome {
    thread.perform {
      guard let core else { return .finished(shown: nil) }
      return work(core)
    }
  }
}
