// Limits and cancellation. Back-edges and calls take one unit of fuel each; when it is used up, the slow check looks at
// the cancel flag, the steps, the clock and the bytes, and gives more. A unit is small against 1 ms divided by the fuel
// given, so a stop is noticed within that time; builtins and kernels poll the flag themselves.
import Diagnostics
import Tensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a script may use. Tensor and heap bytes are limited by `Graph.byteLimit` and `Heap.byteLimit`.
package struct Limits: Sendable {
  /// Calls of script functions inside one another.
  package var depth = 100_000
  /// Calls of builtins that call back, inside one another: these use the native stack.
  package var nativeDepth = 400
  /// Back-edges and calls.
  package var steps = Int.max
  package var seconds = Double.infinity
  package var capabilities: Set<Capability> = [.files, .clock, .environment]
  package init() {}
}

extension Machine {
  static let fuelQuantum = 1024

  /// Seconds from some fixed time.
  package static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Begins the counting for a run from outside.
  func beginLimits() {
    stepsTaken = 0
    deadline = limits.seconds.isFinite ? Machine.now() + limits.seconds : .infinity
    frameEnd = frames + min(limits.depth, frameCount)
    refuel()
  }

  func refuel() {
    let quantum = profiler == nil ? Machine.fuelQuantum : 16
    fuelGiven = min(quantum, max(1, limits.steps - stepsTaken))
    fuel = fuelGiven
  }

  /// The fuel is used up.
  @inline(never) func checkLimits() throws {
    stepsTaken &+= fuelGiven &- max(0, fuel)
    fuelGiven = 0
    fuel = 0
    profiler?.sample(self)
    if heap.graph.cancelFlag.pointee != 0 { throw Diagnostic(.interrupted, at: nil) }
    if stepsTaken >= limits.steps {
      throw Diagnostic(.stepLimit(limit: limits.steps), at: nil)
    }
    if deadline < .infinity, Machine.now() > deadline {
      throw Diagnostic(.timeLimit(seconds: limits.seconds), at: nil)
    }
    if heap.isOverLimit {
      throw Diagnostic(.memoryLimit(requested: heap.liveBytes, limit: heap.byteLimit), at: nil)
    }
    refuel()
  }

  /// What a builtin calls every few thousand steps of long work of its own: an interrupt and the limits of time and
  /// memory end it.
  package func pollLimits() throws {
    if heap.graph.cancelFlag.pointee != 0 { throw Diagnostic(.interrupted, at: nil) }
    if deadline < .infinity, Machine.now() > deadline {
      throw Diagnostic(.timeLimit(seconds: limits.seconds), at: nil)
    }
    if heap.isOverLimit {
      throw Diagnostic(.memoryLimit(requested: heap.liveBytes, limit: heap.byteLimit), at: nil)
    }
  }

  func depthError() -> Diagnostic {
    Diagnostic(
      .callDepth(limit: limits.depth), at: nil, help: "is there a call without an end? a loop needs no depth")
  }

  /// Stops that a script can't catch.
  static func isUncatchable(_ problem: Problem) -> Bool {
    switch problem {
    case .interrupted, .callDepth, .stepLimit, .timeLimit, .memoryLimit: true
    default: false
    }
  }
}
