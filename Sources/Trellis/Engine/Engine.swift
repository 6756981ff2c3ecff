// An engine runs scripts. It owns a heap, a tensor graph and a machine, all confined to one thread of its own; its
// functions may be called from any thread and wait for their turn. Engines share nothing but the pool of computing
// threads.
//
// Read: Engine and Engine+Scripts (the door), Engine+Configuration (what goes in), Engine+Names and HostFunction (what
// Swift and scripts give each other), ScriptError (what comes out); then what happens inside: EngineState, ScriptThread,
// EngineCore and its extensions. Values/ holds the Swift side of values; Modules/, Parameters/ and Testing/ are apart.
import Diagnostics
import Syntax
import VM

/// Runs scripts, in a world of their own.
///
/// An engine is cheap: a thread that sleeps, and memory that grows with what scripts hold. Scripts reach nothing outside
/// unless ``Configuration/permissions`` allow it, and use no more than ``limits``.
///
/// ```swift
/// let engine = Engine()
/// engine.register("twice") { (x: Double) in x * 2 }
/// let value = try engine.run("twice(20) + 2")
/// value.double   // 42
/// ```
///
/// All functions may be called from any thread; calls run one after the other. A registered Swift function may call the
/// engine that calls it, on the thread that it is called on. When the last holder of an engine, of its functions and of
/// its objects is gone, the thread ends; a registered closure that captures the engine keeps it for ever, so capture it
/// `[unowned engine]`.
public final class Engine: Sendable {
  let state: EngineState
  /// Nonzero asks whatever is running to stop. A signal handler may set it, which could not take the lock of `cancel`.
  package var cancelFlag: UnsafeMutablePointer<Int32> { state.cancelFlag }

  /// An engine. Made in a fraction of a millisecond.
  public init(_ configuration: Configuration = Configuration(), hooks: Hooks = Hooks()) {
    state = EngineState(configuration, hooks)
  }

  /// The bounds of runs that begin from now on.
  public var limits: Limits {
    get { state.perform { $0.limits } ?? Limits() }
    set { state.perform { $0.limits = newValue } }
  }

  /// Ends what is running, from any thread; it throws an error whose ending is `interrupted`. Without effect when nothing
  /// runs.
  public func cancel() { state.cancel(nil) }

  /// What the engine holds now, in bytes.
  public var usage: Usage { state.perform { $0.usage } ?? Usage() }

  public struct Usage: Sendable, Equatable {
    /// Bytes of strings, lists and records.
    public var valueBytes = 0
    /// Bytes of tensors and of what describes them.
    public var tensorBytes = 0
    /// Compiled functions.
    public var functions = 0
  }

  /// The top-level names that texts have left, in alphabetical order.
  public var names: [String] { (state.perform { $0.sessionNames } ?? []).sorted() }

  /// What running scripts has cost so far.
  package var profile: Profile { state.perform { $0.profile } ?? Profile() }

  /// Whether more lines could make a whole of what was read so far: an open bracket, a block without an end.
  public static func isIncomplete(_ text: String) -> Bool {
    Parser.isIncomplete(SourceFile(name: "<entry>", bytes: Array(text.utf8)))
  }
}
