// What an engine is given when it is made: bounds, rights, and where it reports to.
import Diagnostics
import VM

@_exported import struct VM.Metric
@_exported import struct VM.ProgressStep

extension Engine {
  /// Bounds on what one run may use; nil means unbounded. A script can't catch the error that ends it at a bound, and the
  /// engine works on afterwards.
  ///
  /// ```swift
  /// var limits = Engine.Limits()
  /// limits.seconds = 2
  /// limits.bytes = 64 << 20
  /// ```
  public struct Limits: Sendable, Equatable {
    /// Steps of the machine: loop turns and calls. Ends with `step-limit`.
    public var steps: Int?
    /// Calls inside calls. Ends with `call-depth`.
    public var depth = 100_000
    /// Seconds since the run began, on a clock that only goes forward. Ends with `time-limit`.
    public var seconds: Double?
    /// Bytes of all tensors that are alive; nine tenths of the machine's memory unless set. Ends with `memory-limit`.
    public var tensorBytes: Int?
    /// Bytes of all strings, lists and records that are alive. Ends with `memory-limit`.
    public var valueBytes: Int?
    /// Bytes of strings, lists, records and tensors together. Ends with `memory-limit`.
    public var bytes: Int?

    /// No bound but the depth of calls.
    public init() {}
  }

  /// What scripts may reach beyond themselves: nothing, unless the host says so.
  public struct Permissions: Sendable, Equatable {
    /// A folder that scripts may use, with everything below it.
    public struct Folder: Sendable, Equatable {
      public var path: String
      /// Whether files may be written, not only read.
      public var allowsWriting: Bool

      public init(_ path: String, allowsWriting: Bool = false) {
        self.path = path
        self.allowsWriting = allowsWriting
      }
    }
    public enum Files: Sendable, Equatable {
      case nothing
      /// These folders. Links and `..` that lead out of them are refused, and so are pipes and devices. A folder that does
      /// not exist when the engine is made gives access to nothing.
      case folders([Folder])
      case everything
    }
    /// Reading and writing files; `import "path"` reads one.
    public var files = Files.nothing
    /// Looking at the time.
    public var clock = false
    /// Variables of the environment, and where the user's folders are.
    public var environment = false
    public var network = false
    /// Starting other programs.
    public var processes = false

    /// Nothing: what an engine has unless told.
    public static let nothing = Permissions()
    /// All that the user may who runs the program: for scripts that are the user's own.
    public static let everything: Permissions = {
      var all = Permissions()
      all.files = .everything
      all.clock = true
      all.environment = true
      all.network = true
      all.processes = true
      return all
    }()

    public init() {}
  }

  public struct Configuration: Sendable {
    public var limits = Limits()
    public var permissions = Permissions.nothing
    /// The value of `seed` in scripts that don't get one as an option.
    public var seed = 0
    /// Size of the stack that scripts run on, from 1 MB to 64 MB; memory is taken as it is used.
    public var stackBytes = 8 << 20
    /// A folder that stands in for the compiled-in standard library.
    public var standardLibrary: String?
    /// Counts time and bytes per source line.
    public var profiles = false

    public init() {}
  }

  /// Where a running script speaks to. All are called on the engine's thread, in the order in which the script speaks, and
  /// must not wait for another run of the same engine. What nobody listens to is dropped.
  public struct Hooks: Sendable {
    /// What `print` and `table` write, with the newline.
    public var output: @Sendable (String) -> Void = { _ in }
    /// What `metric(name, value, step: n)` reports.
    public var metric: @Sendable (Metric) -> Void = { _ in }
    /// The steps of a loop over `progress(xs, label)`.
    public var progress: @Sendable (ProgressStep) -> Void = { _ in }
    /// The error of each run that does not end well, before it is thrown.
    public var failure: @Sendable (ScriptError) -> Void = { _ in }
    /// A `test` block has ended.
    package var testFinished: @Sendable (TestReport) -> Void = { _ in }

    public init() {}
  }
}

extension Engine.Configuration {
  var capabilities: Set<Capability> {
    var given: Set<Capability> = []
    if permissions.files != .nothing { given.insert(.files) }
    if permissions.clock { given.insert(.clock) }
    if permissions.environment { given.insert(.environment) }
    if permissions.network { given.insert(.network) }
    if permissions.processes { given.insert(.processes) }
    return given
  }

  var fileAccess: FileAccess {
    switch permissions.files {
    case .nothing: FileAccess(roots: [])
    case .folders(let folders):
      FileAccess(roots: folders.compactMap { FileAccess.Root($0.path, allowsWriting: $0.allowsWriting) })
    case .everything: .everything
    }
  }
}
