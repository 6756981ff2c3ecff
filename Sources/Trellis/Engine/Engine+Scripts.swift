// Running scripts from Swift: lines of a session, files, whole programs, with and without waiting.
import Diagnostics
import Synchronization

extension Engine {
  /// Runs a text and gives the value of its last expression; ``ScriptValue/none`` if it ends with something else.
  ///
  /// Top-level names stay: texts that run later see them, and so do ``function(_:)`` and ``subscript(_:)``. A text that
  /// declares a name again replaces it.
  ///
  /// ```swift
  /// try engine.run("let rate = 0.5")
  /// try engine.run("rate * 3").double   // 1.5
  /// ```
  ///
  /// - Parameters:
  ///   - name: what messages call the text.
  ///   - arguments: words as on a command line: `["--rate", "0.3", "input.csv"]` sets the param `rate`, and `arguments` to
  ///     the rest.
  /// - Throws: ``ScriptError``. What ran before the error has happened.
  @discardableResult
  public func run(
    _ text: String, name: String = "<script>", arguments: [String] = []
  ) throws(ScriptError) -> ScriptValue {
    try state.run { core throws(ScriptError) in try core.run(core.source(Array(text.utf8), name: name), arguments) }
  }

  /// Runs the text in a file, as `run(_:name:arguments:)` does. Reading it needs no permission: the host asks for it; what
  /// the text imports does.
  ///
  /// - Throws: ``ScriptError``, of kind `file-problem` if the file can't be read.
  @discardableResult
  public func run(file path: String, arguments: [String] = []) throws(ScriptError) -> ScriptValue {
    let bytes = try Engine.bytes(ofFile: path)
    return try state.run { core throws(ScriptError) in try core.run(core.source(bytes, name: path), arguments) }
  }

  /// Runs a text as a program: its names are its own and are gone when it ends, however it ends. So this is the way to run
  /// scripts that are not trusted: what one has piled up before it met the limit of memory does not stay behind. A program's
  /// own loops are faster than those of texts whose names stay.
  ///
  /// - Throws: ``ScriptError``.
  public func runProgram(
    _ text: String, name: String = "<program>", arguments: [String] = []
  ) throws(ScriptError) {
    _ = try state.run { core throws(ScriptError) in
      try core.runProgram(core.source(Array(text.utf8), name: name), arguments)
    }
  }

  /// The same for a source that was read already, bytes that may be no UTF-8 included.
  package func runProgram(_ source: SourceFile, arguments: [String]) throws(ScriptError) {
    _ = try state.run { core throws(ScriptError) in try core.runProgram(source, arguments) }
  }

  /// Runs a text as `run(_:name:arguments:)` does and gives the value of its last expression as `print` shows it, long
  /// values cut; nil for `none`. What an interactive session shows.
  public func show(
    _ text: String, name: String = "<script>", arguments: [String] = []
  ) throws(ScriptError) -> String? {
    try state.run { core throws(ScriptError) in try core.show(core.source(Array(text.utf8), name: name), arguments) }
  }

  // MARK: Without waiting

  /// Runs a text without keeping a thread waiting. Cancelling the task ends the run with an error whose ending is
  /// `interrupted`.
  @discardableResult
  public func run(
    _ text: String, name: String = "<script>", arguments: [String] = []
  ) async throws -> ScriptValue {
    try await submit { core throws(ScriptError) in try core.run(core.source(Array(text.utf8), name: name), arguments) }
  }

  /// Runs a program without keeping a thread waiting, as `runProgram(_:name:arguments:)` does.
  public func runProgram(
    _ text: String, name: String = "<program>", arguments: [String] = []
  ) async throws {
    _ = try await submit { core throws(ScriptError) in
      try core.runProgram(core.source(Array(text.utf8), name: name), arguments)
    }
  }

  private func submit<Result: Sendable>(
    _ body: @escaping @Sendable (EngineCore) throws(ScriptError) -> Result
  ) async throws -> Result {
    let ticket = Ticket()
    let state = state
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let number = state.submit(body, isCancelled: { ticket.isCancelled }) { continuation.resume(with: $0) }
        if ticket.setNumber(number) { state.cancel(number) }
      }
    } onCancel: {
      if let number = ticket.cancel() { state.cancel(number) }
    }
  }

  /// Brings the cancellation of a task and the number of its run together, whichever comes first.
  private final class Ticket: Sendable {
    private let content = Mutex<(number: Int?, isCancelled: Bool)>((nil, false))

    var isCancelled: Bool { content.withLock { $0.isCancelled } }
    /// Whether it is cancelled already.
    func setNumber(_ number: Int) -> Bool {
      content.withLock {
        $0.number = number
        return $0.isCancelled
      }
    }
    func cancel() -> Int? {
      content.withLock {
        $0.isCancelled = true
        return $0.number
      }
    }
  }

  private static func bytes(ofFile path: String) throws(ScriptError) -> [UInt8] {
    do { return try Files.read(path) } catch let problem as Diagnostic {
      throw ScriptError(.misuse, [problem])
    } catch { throw ScriptError(.internalError("\(error)")) }
  }
}
