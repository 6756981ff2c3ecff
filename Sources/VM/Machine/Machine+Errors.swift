// Errors. Slow paths throw; the loop catches, asks `unwind` for a handler and goes on there, or lets the error out to
// whoever called the machine. On its way out an error gets its span and the script's call stack, once.
import Diagnostics
import Tensor

/// An error that a `catch` has seen: `fail(e)` raises the original again.
struct CaughtError {
  var diagnostic: Diagnostic
  var data: Value
  var line: Int
}

extension Machine {
  /// Where the running frame is.
  func currentPlace() -> (code: Code, pc: Int)? {
    guard frame >= frames else { return nil }
    let record = frame.pointee.record
    return (codes[record.pointee.id], max(0, frame.pointee.ip - record.pointee.entry - 1))
  }

  /// Names the running instruction, for errors of tensor operations that show up later.
  @inline(__always) func noteSite(_ ip: UnsafeMutablePointer<Instruction>) {
    frame.pointee.ip = ip
    let record = frame.pointee.record
    heap.graph.site = UInt64(record.pointee.id) << 32 | UInt64(ip - record.pointee.entry)
  }

  /// The source place that a graph's `site` names.
  package func span(site: UInt64) -> Span? {
    let id = Int(site >> 32)
    let pc = Int(site & 0xFFFF_FFFF) - 1
    guard id < codes.count, pc >= 0 else { return nil }
    return codes[id].span(at: pc)
  }

  private static let shownFrames = 60

  /// The innermost part of the script's call stack, innermost first.
  package func callStack() -> [Diagnostic.Frame] { callSites(limit: Machine.shownFrames).map(stackFrame) }

  /// The call stack as sites of instructions.
  private func callSites(limit: Int) -> [UInt64] {
    var result: [UInt64] = []
    var at = frame
    while at >= frames, result.count < limit {
      let record = at.pointee.record
      result.append(UInt64(record.pointee.id) << 32 | UInt64(max(1, at.pointee.ip - record.pointee.entry)))
      at -= 1
    }
    return result
  }

  func stackFrame(_ site: UInt64) -> Diagnostic.Frame {
    let code = codes[Int(site >> 32)]
    return Diagnostic.Frame(function: code.name, span: code.span(at: Int(site & 0xFFFF_FFFF) - 1))
  }

  /// Keeps the call stack for an operation that may fail later; the number finds it again.
  func recordStack() -> Int { stacks.take(callSites(limit: 16)) }

  /// The error as a diagnostic with place and call stack.
  package func located(_ error: any Error) -> Diagnostic {
    var diagnostic = diagnostic(error)
    if diagnostic.span == nil, let place = currentPlace() { diagnostic.span = place.code.span(at: place.pc) }
    if diagnostic.stack.isEmpty {
      diagnostic.stack = callStack()
      diagnostic.hiddenFrames = max(0, frame - frames + 1 - Machine.shownFrames)
    }
    return diagnostic
  }

  private func diagnostic(_ error: any Error) -> Diagnostic {
    if let diagnostic = error as? Diagnostic { return diagnostic }
    if let tensor = error as? TensorError { return self.diagnostic(tensor: tensor) }
    return Diagnostic(.internalError(String(describing: error)), at: nil)
  }

  // MARK: Unwinding

  /// Finds the handler of an error in the frames down to `entry`, releases what is above and leaves the frame at its
  /// handler; throws the error on when there is none.
  func unwind(_ error: any Error, downTo entry: UnsafeMutablePointer<Frame>) throws {
    var diagnostic = located(error)
    let isFinal = Machine.isUncatchable(diagnostic.problem)
    var isInner = true
    while true {
      let record = frame.pointee.record
      let code = codes[record.pointee.id]
      let pc = frame.pointee.ip - record.pointee.entry - 1
      if isInner { restoreArguments(code, pc) }
      isInner = false
      if let handler = code.handlers.first(where: {
        pc >= $0.start && pc < $0.end && (!isFinal || $0.isCleanup)
      }) {
        if handler.mark >= 0, let earlier = earlierFailure(than: error, since: frame.pointee.base[handler.mark].int) {
          diagnostic = earlier
        }
        releaseDead(code, handler.liveSet)
        frame.pointee.ip = record.pointee.entry + handler.target
        lastError = diagnostic
        if handler.register >= 0 {
          heap.replace(frame.pointee.base + handler.register, with: errorRecord(diagnostic))
        }
        return
      }
      releaseFrame()
      let isEntry = frame == entry
      frame -= 1
      if isEntry { throw diagnostic }
    }
  }

  /// What would have failed before `error` inside the same `try`, had nothing been put off.
  private func earlierFailure(than error: any Error, since mark: Int) -> Diagnostic? {
    do { try heap.graph.settle(since: mark) } catch let failure as TensorError {
      if let tensor = error as? TensorError, tensor.order >= 0, tensor.order < failure.order { return nil }
      let diagnostic = located(failure)
      return Machine.isUncatchable(diagnostic.problem) ? nil : diagnostic
    } catch {}
    return nil
  }

  /// A failed builtin call gives moved arguments back to their variables.
  private func restoreArguments(_ code: Code, _ pc: Int) {
    let base = frame.pointee.base
    for restore in code.restores where restore.pc == pc {
      let value = base[restore.slot]
      base[restore.slot] = .none
      heap.replace(base + restore.home, with: value)
    }
  }

  /// Empties all registers of the running frame.
  func releaseFrame() {
    let base = frame.pointee.base
    for register in 0..<frame.pointee.record.pointee.registerCount {
      heap.replace(base + register, with: .none)
    }
  }

  /// Empties the registers of the running frame that are not in a live set.
  func releaseDead(_ code: Code, _ liveSet: Int) {
    let base = frame.pointee.base
    let live = code.liveSets[liveSet]
    for register in 0..<code.registerCount where base[register].isHeap && !live.contains(register) {
      heap.replace(base + register, with: .none)
    }
  }

  // MARK: What scripts see

  /// The record that `catch e` names.
  private func errorRecord(_ diagnostic: Diagnostic) -> Value {
    let line = diagnostic.span.map { $0.source.location($0.start).line } ?? 0
    if caught.count >= 16 { heap.release(caught.removeFirst().data) }
    caught.append(CaughtError(diagnostic: diagnostic, data: heap.retained(thrownData), line: line))
    let data = thrownData
    thrownData = .none
    return heap.record([
      "kind": heap.string(diagnostic.problem.id), "message": heap.string(message(diagnostic)), "data": data,
      "line": Value(line),
    ])
  }

  /// What the script said, where the script said something.
  private func message(_ diagnostic: Diagnostic) -> String {
    switch diagnostic.problem {
    case .assertionFailed(let text), .failed(let text): text
    default: diagnostic.problem.message
    }
  }

  /// The error that `fail(x)` raises: a text, a caught error again, or any value as `data`. Borrows.
  package func failure(_ value: Value) -> any Error {
    heap.replace(&thrownData, with: .none)
    if value.tag == .string { return Diagnostic(.failed(StringRef(value).string), at: nil) }
    func text(_ name: String) -> String? {
      guard value.tag == .record, let field = RecordRef(value).lookup(heap.internedString(name), heap),
        field.tag == .string
      else { return nil }
      return StringRef(field).string
    }
    if let kind = text("kind"), let message = text("message") {
      let line = RecordRef(value).lookup(heap.internedString("line"), heap) ?? .none
      let data = RecordRef(value).lookup(heap.internedString("data"), heap) ?? .none
      heap.replace(&thrownData, with: heap.retained(data))
      for error in caught.reversed()
      where error.line == line.int && error.diagnostic.problem.id == kind && self.message(error.diagnostic) == message {
        return error.diagnostic
      }
      return Diagnostic(.failed(message), at: nil)
    }
    heap.replace(&thrownData, with: heap.retained(value))
    return Diagnostic(.failed(text("message") ?? ((try? heap.display(value)) ?? "")), at: nil)
  }

  func wrongType(_ operation: String, _ expected: String, _ found: Value, help: String? = nil) -> Diagnostic {
    Diagnostic(
      .wrongType(operation: operation, expected: expected, found: heap.typeName(found)), at: nil, help: help)
  }
}
