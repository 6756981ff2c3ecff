// What an engine is given when it is made: bounds, rights, and where it reports to.
import Diagnostics
import VM

@_exported import struct VM.Metric
@_exported import struct VM.ProgressStep

extension Engine {
  /// Bounds on what a script may use; nil means unbounded. Scripts can't catch the error that ends them at a bound.
  public struct Limits: Sendable {
    /// Steps of the machine: loop turns and calls.
    public var steps: Int?
    /// Calls inside calls.
    public var depth = 100_000
    /// Seconds since the run began.
    public var seconds: Double?
    /// Bytes of all tensors that are alive.
    public var tensorBytes: Int?
    /// Bytes of all strings, lists and records that are alive.
    public var valueBytes: Int?

    public init() {}
  }

  public struct Configuration: Sendable {
    public var limits = Limits()
    /// What scripts may reach beyond themselves.
    package var capabilities: Set<Capability> = [.files, .clock, .environment]
    /// The value of `seed` in scripts that don't get one as an option.
    public var seed = 0
    /// Size of the stack that scripts run on, from 512 KB to 8 MB.
    public var stackBytes = 8 << 20
    /// A folder that stands in for the compiled-in standard library.
    public var standardLibrary: String?
    /// Counts time and bytes per source line.
    public var profiles = false

    public init() {}
  }

  /// Where a running script speaks to. All are called on the engine's thread, in order.
  package struct Hooks: Sendable {
    /// What `print` writes, with the newline.
    package var output: @Sendable (String) -> Void = { _ in }
    package var metric: @Sendable (Metric) -> Void = { _ in }
    package var progress: @Sendable (ProgressStep) -> Void = { _ in }
    /// A `test` block has ended.
    package var testFinished: @Sendable (TestReport) -> Void = { _ in }

    package init() {}
  }

  /// How a run ended.
  package enum Outcome: Sendable {
    /// `shown` is the value of a last expression, as `print` shows it; nil for `none` and for scripts.
    case finished(shown: String?)
    /// A word behind the script's name fits none of its params.
    case wrongArguments(ArgumentError)
    case doesNotCompile([Diagnostic])
    case failed(Diagnostic)
    case interrupted(Diagnostic)

    package var diagnostics: [Diagnostic] {
      switch self {
      case .finished, .wrongArguments: []
      case .doesNotCompile(let problems): problems
      case .failed(let problem), .interrupted(let problem): [problem]
      }
    }

    /// 0 ok, 1 failed, 2 wrong arguments, 65 does not compile, 130 interrupted.
    package var exitCode: Int {
      switch self {
      case .finished: 0
      case .failed: 1
      case .wrongArguments: 2
      case .doesNotCompile: 65
      case .interrupted: 130
      }
    }
  }
}
